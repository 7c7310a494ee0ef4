// A race as a picture: one page that needs nothing else, for a browser or a mail. No script.
#pragma once

#include <string>

#include "race/race.h"

namespace signalbox {

[[nodiscard]] std::string race_page(const RaceRequest& request, const RaceResult& result);

}  // namespace signalbox
