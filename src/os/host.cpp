#include "os/host.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>

#include "base/text.h"
#include "os/file_system.h"

namespace signalbox::os {
namespace {

constexpr std::size_t proc_file_limit = 64 * 1024;

// What a symbolic link says; empty when there is none.
std::string link_at(const std::string& path) {
  std::array<char, PATH_MAX> text;
  const ssize_t length = ::readlink(path.c_str(), text.data(), text.size());
  return length > 0 ? std::string(text.data(), static_cast<std::size_t>(length)) : std::string();
}

struct ProcessStatus {
  char state = '?';
  unsigned long long start_time = 0;
};

std::optional<ProcessStatus> process_at(int pid) {
  // Also right where /proc shows another PID namespace.
  const std::string name = pid == ::getpid() ? "self" : std::to_string(pid);
  const auto text = real_file_system().read("/proc/" + name + "/stat", proc_file_limit);
  if (!text) return std::nullopt;
  // The command name, in parentheses, may itself hold spaces and parentheses (proc(5)).
  std::size_t at = text->rfind(')');
  if (at == std::string::npos || at + 2 >= text->size()) return std::nullopt;
  const char state = (*text)[at + 2];
  constexpr int fields_before_start_time = 20;  // state is field 3, starttime field 22
  for (int field = 0; field < fields_before_start_time; ++field) {
    at = text->find(' ', at + 1);
    if (at == std::string::npos) return std::nullopt;
  }
  return ProcessStatus{.state = state,
                       .start_time = std::strtoull(text->c_str() + at + 1, nullptr, 10)};
}

}  // namespace

std::string host_name() {
  utsname names{};
  if (::uname(&names) != 0 || names.nodename[0] == '\0') return "unknown";
  return printable(names.nodename, 255);
}

int process_id() {
  return ::getpid();
}

std::string boot_id() {
  const auto text = real_file_system().read("/proc/sys/kernel/random/boot_id", proc_file_limit);
  return text ? std::string(trimmed(*text)) : std::string();
}

std::optional<unsigned long long> process_start_time(int pid) {
  const auto found = process_at(pid);
  return found ? std::optional(found->start_time) : std::nullopt;
}

std::string process_namespaces() {
  const std::string pid = link_at("/proc/self/ns/pid");
  const std::string time = link_at("/proc/self/ns/time");  // since Linux 5.6
  return pid.empty() || time.empty() ? pid : pid + " " + time;
}

ProcessLife process_life(int pid, std::optional<unsigned long long> start_time) {
  if (pid <= 0 || (::kill(pid, 0) != 0 && errno == ESRCH)) return ProcessLife::Ended;
  // A container may have mounted the /proc of its host, where this PID is somebody else's.
  if (link_at("/proc/self") != std::to_string(::getpid())) return ProcessLife::Unknown;
  const auto found = process_at(pid);
  if (!found) return start_time ? ProcessLife::Unknown : ProcessLife::Running;
  const bool is_zombie = found->state == 'Z' || found->state == 'X';
  const bool is_another = start_time && *start_time != found->start_time;
  return is_zombie || is_another ? ProcessLife::Ended : ProcessLife::Running;
}

std::optional<int> process_with_open(const std::string& path) {
  const auto processes = real_file_system().list("/proc");
  if (!processes) return std::nullopt;
  for (const std::string& process : *processes) {
    if (process.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string descriptors = "/proc/" + process + "/fd";
    const auto open = real_file_system().list(descriptors);
    if (!open) continue;  // another user's, or ended meanwhile
    for (const std::string& descriptor : *open) {
      if (link_at(descriptors + "/" + descriptor) == path) return std::atoi(process.c_str());
    }
  }
  return std::nullopt;
}

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

std::vector<std::string> environment_names(std::string_view prefix) {
  std::vector<std::string> names;
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    const std::string_view variable(*each);
    if (variable.starts_with(prefix)) names.emplace_back(variable.substr(0, variable.find('=')));
  }
  return names;
}

std::optional<std::string> home_directory() {
  return environment("HOME");
}

std::string working_directory() {
  char path[PATH_MAX];
  return ::getcwd(path, sizeof path) != nullptr ? path : ".";
}

}  // namespace signalbox::os
