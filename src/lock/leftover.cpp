#include "lock/leftover.h"

#include "base/checksum.h"
#include "base/text.h"
#include "os/volume.h"

namespace signalbox {
namespace {

using os::ProcessLife;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds age_limit{300};
constexpr std::chrono::hours longest_script{1};
constexpr seconds longest_claim{60};  // a claim is held for some file operations

std::string in_seconds(milliseconds time) {
  return std::to_string(std::chrono::floor<seconds>(time).count()) + " s";
}

Status write_whole(os::FileSystem& fs, const std::string& path, const std::string& text,
                   Flush flush) {
  auto file = fs.create(path);
  if (!file) return std::unexpected(file.error());
  if (auto done = (*file)->write(text); !done) return done;
  if (flush == Flush::Yes) {
    if (auto done = (*file)->sync(); !done) return done;
  }
  return (*file)->close();
}

std::string claim_of(const LockSight& sight) {
  const std::string instance = sight.path + '\0' + std::to_string(sight.status.inode) + ' ' +
                               format_milliseconds(sight.status.modified) + '\0' +
                               sight.bytes.value_or("");
  return os::parent_of(sight.path) + "/" + os::temporary_file_name(crc32_of(instance));
}

}  // namespace

Status put_whole(os::FileSystem& fs, const std::string& path, const std::string& text,
                 Flush flush) {
  const std::string temporary = os::temporary_name(os::parent_of(path));
  auto done = write_whole(fs, temporary, text, flush);
  if (!done) {
    (void)fs.unlink(temporary);  // the first error is the one to tell
    return done;
  }
  done = fs.link(temporary, path);
  // A file system without hard links: exclusive creation, which is not one step but will do for a
  // lock that only efficiency depends on.
  if (!done && done.error().kind != ErrorKind::AlreadyExists)
    done = write_whole(fs, path, text, flush);
  (void)fs.unlink(temporary);  // a leftover is deleted by age
  return done;
}

std::optional<LockSight> look_at(os::FileSystem& fs, const std::string& path) {
  // Reading opens the file, which makes a network file system ask its server anew.
  auto bytes = fs.read(path, lock_file_limit);
  const auto status = fs.status(path);
  if (!status) return std::nullopt;
  LockSight sight{.path = path, .status = *status, .bytes = std::nullopt, .text = {}};
  if (bytes) {
    sight.text = parse_lock(*bytes);
    sight.bytes = *std::move(bytes);
  }
  return sight;
}

bool is_same(const LockSight& one, const LockSight& other) {
  return one.status.type == other.status.type && one.status.inode == other.status.inode &&
         one.status.modified == other.status.modified && one.status.size == other.status.size &&
         one.bytes == other.bytes;
}

Judgement LockWatch::judge(const LockSight& sight, Proof proof) {
  if (sight.text.is_ours()) return judge_ours(sight, proof);
  if (sight.text.pid > 0) return judge_script(sight);
  const auto old = age(sight);
  if (old && std::chrono::abs(*old) > age_limit) {
    return {Owner::Gone, "it names no process and is " + in_seconds(*old) + " old"};
  }
  return {Owner::Unknown, "it names no process; it counts for " + in_seconds(age_limit)};
}

Judgement LockWatch::judge_ours(const LockSight& sight, Proof proof) {
  const LockText& text = sight.text;
  const std::string process = "process " + std::to_string(text.pid) + " on " + text.host;
  const ProcessLife life = owner_life(text);
  if (life == ProcessLife::Running) return {Owner::Alive, process + " runs"};
  if (life == ProcessLife::Ended) return {Owner::Gone, process + " has ended"};
  if (proof == Proof::KernelLockIsOurs) {
    return {Owner::Gone, process + " does not hold the kernel lock"};
  }
  const Seen& seen = note(sight);
  const auto watched = clock_.monotonic() - seen.since;
  if (watched >= watch_time) {
    return {Owner::Gone, process + " has not touched it for " + in_seconds(watched)};
  }
  if (seen.was_touched) return {Owner::Alive, process + " touches it now and then"};
  if (const auto old = age(sight); old && *old > age_limit) {
    return {Owner::Gone, process + " has not touched it for " + in_seconds(*old)};
  }
  return {Owner::Unknown, process + " cannot be asked from here"};
}

Judgement LockWatch::judge_script(const LockSight& sight) {
  const std::string process = "process " + std::to_string(sight.text.pid);
  const bool has_ended = owner_life(sight.text) == ProcessLife::Ended;
  const auto old = age(sight);
  if (old && *old > longest_script) {
    return {Owner::Gone, "a script does not hold a lock for " + in_seconds(*old)};
  }
  if (!has_ended) return {Owner::Alive, process + " runs"};
  if (os::is_of_one_machine(os::parent_of(sight.path))) {
    return {Owner::Gone, process + " has ended"};
  }
  if (old && std::chrono::abs(*old) > age_limit) {
    return {Owner::Gone, process + " has ended and the lock is " + in_seconds(*old) + " old"};
  }
  return {Owner::Unknown,
          process + " is not on this host; its lock counts for " + in_seconds(age_limit)};
}

const LockWatch::Seen& LockWatch::note(const LockSight& sight) {
  const auto now = clock_.monotonic();
  auto [seen, is_new] = seen_.try_emplace(sight.path, Seen{.sight = sight, .since = now});
  if (!is_new && !is_same(seen->second.sight, sight)) {
    const bool was_touched = seen->second.sight.bytes == sight.bytes;
    seen->second = Seen{.sight = sight, .since = now, .was_touched = was_touched};
  }
  return seen->second;
}

std::optional<milliseconds> LockWatch::age(const LockSight& sight) {
  const auto now = clock_.monotonic();
  const std::string directory = os::parent_of(sight.path);
  auto reading = file_system_times_.find(directory);
  if (reading == file_system_times_.end()) {
    const auto time = os::time_at(fs_, directory);
    if (!time) return std::nullopt;
    reading = file_system_times_.emplace(directory, Reading{*time, now}).first;
  }
  return reading->second.time + (now - reading->second.at) - sight.status.modified;
}

namespace {

bool is_abandoned(os::FileSystem& fs, const std::string& claim) {
  const LockText theirs = read_lock(fs, claim);
  if (theirs.is_ours() && owner_life(theirs) == ProcessLife::Ended) return true;
  const auto found = fs.status(claim);
  const auto now = os::time_at(fs, os::parent_of(claim));
  return found && now && *now - found->modified > longest_claim;
}

}  // namespace

Removal take_away(os::FileSystem& fs, const LockSight& sight) {
  const std::string claim = claim_of(sight);
  const auto claimed = put_whole(fs, claim, format_lock("takeover", sight.status.modified));
  if (!claimed && claimed.error().kind != ErrorKind::AlreadyExists) return Removal::Refused;
  if (!claimed) {
    // Of a process that was killed in here. The next try finds the way free.
    if (is_abandoned(fs, claim)) (void)fs.unlink(claim);
    return Removal::Overtaken;
  }
  Removal removal = Removal::Overtaken;
  if (const auto again = look_at(fs, sight.path); again && is_same(*again, sight)) {
    removal = fs.unlink(sight.path) ? Removal::Done : Removal::Refused;
  }
  (void)fs.unlink(claim);  // a leftover is removed by age
  return removal;
}

}  // namespace signalbox
