// Randomness from the kernel.
#pragma once

#include <cstdint>

namespace signalbox::os {

// 64 random bits from the kernel; never the same on two hosts that booted from one image.
[[nodiscard]] std::uint64_t random_bits();

}  // namespace signalbox::os
