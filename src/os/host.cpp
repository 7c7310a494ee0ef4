#include "os/host.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>

#include "base/text.h"
#include "os/file_system.h"

namespace signalbox::os {
namespace {

constexpr std::size_t proc_file_limit = 64 * 1024;

}  // namespace

std::string host_name() {
  utsname names{};
  if (::uname(&names) != 0 || names.nodename[0] == '\0') return "unknown";
  return printable(names.nodename, 255);
}

std::string boot_id() {
  const auto text = real_file_system().read("/proc/sys/kernel/random/boot_id", proc_file_limit);
  return text ? std::string(trimmed(*text)) : std::string();
}

std::optional<unsigned long long> process_start_time(int pid) {
  const auto text =
      real_file_system().read("/proc/" + std::to_string(pid) + "/stat", proc_file_limit);
  if (!text) return std::nullopt;
  // The command name, in parentheses, may itself hold spaces and parentheses (proc(5)).
  std::size_t at = text->rfind(')');
  if (at == std::string::npos) return std::nullopt;
  constexpr int fields_before_start_time = 20;  // state is field 3, starttime field 22
  for (int field = 0; field < fields_before_start_time; ++field) {
    at = text->find(' ', at + 1);
    if (at == std::string::npos) return std::nullopt;
  }
  return std::strtoull(text->c_str() + at + 1, nullptr, 10);
}

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

std::optional<std::string> home_directory() {
  return environment("HOME");
}

std::string working_directory() {
  char path[PATH_MAX];
  return ::getcwd(path, sizeof path) != nullptr ? path : ".";
}

}  // namespace signalbox::os
