// The remote of the world, for those who push and those who look.
#pragma once

#include <string>

namespace signalbox::simulation {

[[nodiscard]] std::string remote_directory();
[[nodiscard]] std::string remote_tip();  // of its branch

// Compare-and-swap of the branch. True also when it was at `to` already.
bool move_remote(const std::string& from, const std::string& to);

}  // namespace signalbox::simulation
