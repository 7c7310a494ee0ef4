// Which machine, which boot and which processes these are, without asking any name service.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signalbox::os {

[[nodiscard]] std::string host_name();  // as `uname -n`; "unknown" when the kernel has none
[[nodiscard]] int process_id();         // of this process
[[nodiscard]] std::string boot_id();    // changes with every boot; empty when unknown
// Start of a process of this host in clock ticks since boot; nothing when there is none.
[[nodiscard]] std::optional<unsigned long long> process_start_time(int pid);

// The PID and time namespaces of this process, "pid:[4026531836] time:[4026531834]": where they
// are another's too, a PID and a start time mean the same process. Empty when unknown.
[[nodiscard]] std::string process_namespaces();

// Unknown: /proc is hidden, or shows another namespace.
enum class ProcessLife { Running, Ended, Unknown };
// Of the process with this PID and, when given, this start time. One that was killed and that its
// parent has not waited for (a zombie) has ended: the kernel took back all it held.
[[nodiscard]] ProcessLife process_life(int pid,
                                       std::optional<unsigned long long> start_time = std::nullopt);

// A process that has the file at this path open, among those whose /proc this user may read.
[[nodiscard]] std::optional<int> process_with_open(const std::string& path);

// A variable of the environment; nothing when unset or empty.
[[nodiscard]] std::optional<std::string> environment(const char* name);

// The names of those that begin so.
[[nodiscard]] std::vector<std::string> environment_names(std::string_view prefix);

// $HOME, else nothing: the password database is a name service too.
[[nodiscard]] std::optional<std::string> home_directory();
[[nodiscard]] std::string working_directory();

}  // namespace signalbox::os
