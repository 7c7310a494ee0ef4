// How much room is enough. Pure.
#pragma once

#include "doctor/check.h"
#include "os/volume.h"

namespace signalbox {

inline constexpr std::uint64_t little_room = 200UL << 20U;  // bytes: a warning below
inline constexpr std::uint64_t no_room = 10UL << 20U;       // bytes: broken below
inline constexpr std::uint64_t few_files = 5'000;
inline constexpr std::uint64_t no_files = 100;

[[nodiscard]] Verdict verdict_on_room(const os::Volume& volume);

}  // namespace signalbox
