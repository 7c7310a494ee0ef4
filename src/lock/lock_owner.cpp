#include "lock/lock_owner.h"

#include <charconv>

#include "base/text.h"

namespace signalbox {
namespace {

constexpr std::size_t lines_without_namespaces = 6;

std::optional<unsigned long long> parse_start_time(const std::string& text) {
  unsigned long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string format_owner() {
  const int pid = os::process_id();
  return std::to_string(pid) + "\n" + os::host_name() + "\n" + os::boot_id() + "\n" +
         std::to_string(os::process_start_time(pid).value_or(0)) + "\n";
}

std::string format_lock(const std::string& operation, UtcTime now) {
  return format_owner() + operation + "\n" + format_seconds(now) + "\n" + os::process_namespaces() +
         "\n";
}

LockText parse_lock(std::string_view bytes) {
  LockText text;
  // What a power cut left of a lock may end within its PID, and that of 26141 is no lock of 26.
  if (!bytes.ends_with('\n')) return text;
  const auto lines = lines_of(bytes);
  if (lines.empty()) return text;
  const std::string_view pid = trimmed(lines[0]);
  // What is no number stays 0, which no process has.
  (void)std::from_chars(pid.data(), pid.data() + pid.size(), text.pid);
  // Nor a negative one, which names a group of processes, or all.
  if (text.pid <= 0) return {};
  if (lines.size() == 1) return text;
  if (lines.size() < lines_without_namespaces) return {};
  text.host = printable(trimmed(lines[1]));
  text.boot_id = printable(trimmed(lines[2]));
  text.start_time = printable(trimmed(lines[3]));
  text.operation = printable(trimmed(lines[4]), 40);
  text.since = printable(trimmed(lines[5]), 40);
  if (lines.size() > lines_without_namespaces) text.namespaces = printable(trimmed(lines[6]));
  return text;
}

LockText read_lock(os::FileSystem& fs, const std::string& path) {
  const auto bytes = fs.read(path, lock_file_limit);
  return bytes ? parse_lock(*bytes) : LockText{};
}

os::ProcessLife owner_life(const LockText& text) {
  if (!text.is_ours()) return os::process_life(text.pid);
  const auto start_time = parse_start_time(text.start_time);
  const bool is_of_this_kernel = !text.boot_id.empty() && text.boot_id == os::boot_id() &&
                                 !text.namespaces.empty() &&
                                 text.namespaces == os::process_namespaces();
  if (!is_of_this_kernel || !start_time) return os::ProcessLife::Unknown;
  return os::process_life(text.pid, start_time);
}

}  // namespace signalbox
