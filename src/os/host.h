// Which machine and which boot this is, without asking any name service.
#pragma once

#include <optional>
#include <string>

namespace signalbox::os {

[[nodiscard]] std::string host_name();  // as `uname -n`; "unknown" when the kernel has none
[[nodiscard]] std::string boot_id();    // changes with every boot; empty when unknown
// Start of a process of this host in clock ticks since boot; nothing when there is none.
[[nodiscard]] std::optional<unsigned long long> process_start_time(int pid);

// A variable of the environment; nothing when unset or empty.
[[nodiscard]] std::optional<std::string> environment(const char* name);

// $HOME, else nothing: the password database is a name service too.
[[nodiscard]] std::optional<std::string> home_directory();
[[nodiscard]] std::string working_directory();

}  // namespace signalbox::os
