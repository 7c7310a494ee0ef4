#include "lock/advertised_lock.h"

#include <unistd.h>

#include <charconv>

#include "base/text.h"
#include "base/time.h"
#include "os/host.h"

namespace signalbox {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t lock_limit = 4096;  // a longer file is not a lock of anyone
constexpr seconds age_limit{300};
// A bare PID may have been given to another process meanwhile; no script holds a lock that long.
constexpr std::chrono::hours longest_held{1};

Status write_whole(os::FileSystem& fs, const std::string& path, const std::string& text) {
  auto file = fs.create(path);
  if (!file) return std::unexpected(file.error());
  if (auto done = (*file)->write(text); !done) return done;
  return (*file)->close();
}

// Moves a leftover aside, and looks at what was moved: a lock that somebody took in between goes
// back where it was.
bool take_away(os::FileSystem& fs, const std::string& path, const std::string& expected) {
  const std::string aside = os::temporary_name(os::parent_of(path));
  if (!fs.rename(path, aside)) return false;
  const auto moved = fs.read(aside, lock_limit);
  if ((moved && *moved == expected) || (!moved && expected.empty())) {
    (void)fs.unlink(aside);  // an empty leftover under a name that no script looks at
    return true;
  }
  (void)fs.link(aside, path);
  (void)fs.unlink(aside);
  return false;
}

}  // namespace

std::string format_lock(const std::string& operation, UtcTime now) {
  const int pid = ::getpid();
  return std::to_string(pid) + "\n" + os::host_name() + "\n" + os::boot_id() + "\n" +
         std::to_string(os::process_start_time(pid).value_or(0)) + "\n" + operation + "\n" +
         format_seconds(now) + "\n";
}

LockText parse_lock(std::string_view bytes) {
  LockText text;
  const auto lines = lines_of(bytes);
  if (lines.empty()) return text;
  const std::string_view pid = trimmed(lines[0]);
  // What is no number stays 0, which no process has.
  (void)std::from_chars(pid.data(), pid.data() + pid.size(), text.pid);
  if (lines.size() < 6) return text;
  text.host = printable(trimmed(lines[1]));
  text.boot_id = printable(trimmed(lines[2]));
  text.start_time = printable(trimmed(lines[3]));
  text.operation = printable(trimmed(lines[4]), 40);
  text.since = printable(trimmed(lines[5]), 40);
  return text;
}

bool owner_is_alive(const LockText& text) {
  if (text.pid <= 0) return false;
  if (text.is_ours() && (text.host != os::host_name() || text.boot_id != os::boot_id())) {
    return false;
  }
  const auto started = os::process_start_time(text.pid);
  if (!started) return false;
  return !text.is_ours() || std::to_string(*started) == text.start_time;
}

bool owner_is_gone(const LockText& text, milliseconds age) {
  if (text.is_ours()) {
    if (text.host != os::host_name()) return age > age_limit;
    return !owner_is_alive(text);
  }
  return age > longest_held || (age > age_limit && !owner_is_alive(text));
}

Result<Advertised> advertise(os::FileSystem& fs, const std::string& path, const std::string& text,
                             TakeOver take_over, std::optional<LockText>* removed) {
  const std::string temporary = os::temporary_name(os::parent_of(path));
  auto done = write_whole(fs, temporary, text);
  if (!done) {
    (void)fs.unlink(temporary);
    return std::unexpected(done.error());
  }
  const auto fresh = fs.status(temporary);
  done = fs.link(temporary, path);
  if (!done && done.error().kind == ErrorKind::AlreadyExists && fresh) {
    const auto taken = fs.status(path);
    const auto bytes = fs.read(path, lock_limit);
    const std::string said = bytes ? *bytes : std::string();
    const bool allowed = take_over == TakeOver::AnyLeftover || parse_lock(said).is_ours();
    if (allowed && taken && taken->type != os::FileType::Directory &&
        owner_is_gone(parse_lock(said), fresh->modified - taken->modified) &&
        take_away(fs, path, said)) {
      if (removed != nullptr) *removed = parse_lock(said);
      done = fs.link(temporary, path);
    }
  }
  // A file system without hard links: exclusive creation, which is not one step but will do for a
  // lock that only efficiency depends on.
  if (!done && done.error().kind != ErrorKind::AlreadyExists) done = write_whole(fs, path, text);
  (void)fs.unlink(temporary);
  if (done) return Advertised::Ours;
  if (done.error().kind == ErrorKind::AlreadyExists) return Advertised::Taken;
  return std::unexpected(done.error());
}

void withdraw(os::FileSystem& fs, const std::string& path, const std::string& text) {
  const auto bytes = fs.read(path, lock_limit);
  if (bytes && *bytes == text) (void)fs.unlink(path);
}

bool predecessor_holds(os::FileSystem& fs, const std::string& path) {
  const auto found = fs.status(path);
  if (!found) return false;
  const auto now = os::time_at(fs, os::parent_of(path));
  if (!now) return true;
  const milliseconds age = *now - found->modified;
  if (found->type == os::FileType::Directory) return age <= age_limit;
  return !owner_is_gone(read_lock(fs, path), age);
}

LockText read_lock(os::FileSystem& fs, const std::string& path) {
  const auto bytes = fs.read(path, lock_limit);
  return bytes ? parse_lock(*bytes) : LockText{};
}

}  // namespace signalbox
