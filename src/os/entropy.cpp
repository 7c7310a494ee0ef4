#include "os/entropy.h"

#include <sys/random.h>
#include <unistd.h>

#include <chrono>

namespace signalbox::os {

std::uint64_t random_bits() {
  std::uint64_t bits = 0;
  if (::getrandom(&bits, sizeof bits, GRND_NONBLOCK) == sizeof bits) return bits;
  // Kernels before 3.17, and the first moments of a boot: time and process still differ.
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  return (static_cast<std::uint64_t>(now) * 0x9E3779B97F4A7C15ULL) ^
         (static_cast<std::uint64_t>(::getpid()) << 40U);
}

}  // namespace signalbox::os
