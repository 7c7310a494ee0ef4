// The parts of `signalbox logs`. Internal to this room.
#pragma once

#include "cli/command.h"

namespace signalbox::cli {

int logs_collect(Environment& environment, const Arguments& arguments);
int logs_list(Environment& environment, const Arguments& arguments);
int logs_show(Environment& environment, const Arguments& arguments);

}  // namespace signalbox::cli
