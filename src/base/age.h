// How long ago, for a person.
#pragma once

#include <chrono>
#include <string>

namespace signalbox {

// "12s", "5m", "3h", "2d"; a time that is yet to come is "0s".
[[nodiscard]] std::string age(std::chrono::milliseconds time);

}  // namespace signalbox
