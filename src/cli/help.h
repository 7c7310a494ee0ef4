// Finds the command that is named first, and lists them all.
#pragma once

#include "cli/command.h"

namespace signalbox::cli {

// The table of contents: finds the command named first and runs it.
int run(Environment& environment, const Arguments& arguments);

}  // namespace signalbox::cli
