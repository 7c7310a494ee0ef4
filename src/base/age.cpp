#include "base/age.h"

#include <algorithm>
#include <cstdint>

namespace signalbox {

std::string age(std::chrono::milliseconds time) {
  using namespace std::chrono;
  const auto seconds_old = std::max<std::int64_t>(floor<seconds>(time).count(), 0);
  if (seconds_old < 60) return std::to_string(seconds_old) + "s";
  if (seconds_old < 3600) return std::to_string(seconds_old / 60) + "m";
  if (seconds_old < 48 * 3600) return std::to_string(seconds_old / 3600) + "h";
  return std::to_string(seconds_old / 86400) + "d";
}

}  // namespace signalbox
