// The file systems that hold the clone and the user's state directory.
#include "doctor/storage_checks.h"

#include <algorithm>

#include "doctor/examination.h"
#include "os/kernel_lock.h"
#include "os/process.h"

namespace signalbox {
namespace {

constexpr std::size_t probe_bytes = 64UL << 10U;
constexpr std::chrono::milliseconds quota_patience{5'000};

// Where Signalbox's own files are, or will be.
std::string own_place(const Examination& examination) {
  const std::string own = examination.clone.own_directory();
  return os::exists(examination.fs, own) ? own : examination.clone.common_directory;
}

Check file_system_of(const Examination& examination) {
  const auto volume = os::volume_of(own_place(examination));
  if (!volume) return unknown("file-system", volume.error());
  Check check{.id = "file-system", .found = volume->type};
  switch (volume->reach) {
    case os::Reach::Local:
      check.found += ", of this host";
      return check;
    case os::Reach::Shared:
      check.verdict = Verdict::Note;
      check.found += ", which other hosts may share";
      check.meaning =
          "no host can prove that its locks reach the others; nothing here relies on "
          "them, at the cost of a lost push now and then";
      return check;
    case os::Reach::Memory:
      check.verdict = Verdict::Warning;
      check.found += ", in memory";
      check.meaning = "reports that wait are gone after a reboot";
      check.advice = "keep the clone on a disk";
      return check;
    case os::Reach::Unknown:
      break;
  }
  check.verdict = Verdict::Note;
  check.found = "of an unknown type (" + volume->type + ")";
  check.meaning = "whether its locks reach other hosts is not known; nothing here relies on them";
  return check;
}

// Two descriptors of one process lock against each other as two processes do: the locks belong to
// the open file.
Check kernel_locks(const Examination& examination) {
  Check check{.id = "kernel-locks", .found = "one process excludes another"};
  const std::string path = os::temporary_name(own_place(examination));
  {
    const auto first = os::KernelLock::try_acquire(path);
    if (!first) return unknown("kernel-locks", first.error());
    const auto second = os::KernelLock::try_acquire(path);
    const bool excludes = *first && (*first)->excludes() && second && !*second;
    if (!excludes) {
      check.verdict = Verdict::Warning;
      check.found = "this file system has none";
      check.meaning = "publishers do work twice and lose pushes to each other; nothing is lost";
      check.advice =
          "keep the clone on a file system with locks, or ask for the mount option (flock)";
    }
  }
  (void)examination.fs.unlink(path);  // else deleted by age
  return check;
}

Status write_probe(os::FileSystem& fs, const std::string& directory) {
  const std::string path = os::temporary_name(directory);
  const auto write = [&]() -> Status {
    auto file = fs.create(path);
    if (!file) return std::unexpected(file.error());
    if (auto done = (*file)->write(std::string(probe_bytes, ' ')); !done) return done;
    if (auto done = (*file)->sync(); !done) return done;
    return (*file)->close();
  };
  const auto written = write();
  (void)fs.unlink(path);  // it may never have come to be
  return written;
}

// By trying: a quota is seen by no figure of the file system.
Check room_in(const Examination& examination, const std::string& id, const std::string& directory,
              const std::string& what) {
  const auto volume = os::volume_of(directory);
  if (!volume) return unknown(id, volume.error());
  Check check{
      .id = id,
      .verdict = verdict_on_room(*volume),
      .found = size_text(volume->bytes_free) + " free" +
               (volume->counts_files ? ", room for " + std::to_string(volume->files_free) + " files"
                                     : "")};
  if (const auto written = write_probe(examination.fs, directory); !written) {
    check.verdict = Verdict::Broken;
    check.found = printable(written.error().what, 300) + "; " + check.found;
    check.meaning = what;
    check.advice = written.error().kind == ErrorKind::NoSpace
                       ? "make room, or ask for a larger quota"
                       : "see the permissions of '" + printable(directory, 300) + "' and the mount";
  } else if (check.verdict != Verdict::Ok) {
    check.meaning = "soon: " + what;
    check.advice = "make room on the file system of '" + printable(directory, 300) + "'";
  }
  return check;
}

// The nearest directory that is there: the state directory is made by the first report that needs
// it.
std::optional<std::string> state_place(os::FileSystem& fs) {
  auto place = user_state_directory();
  if (!place) return std::nullopt;
  while (!os::is_directory(fs, *place) && os::parent_of(*place) != *place) {
    *place = os::parent_of(*place);
  }
  return *place;
}

Check quota() {
  Check check{.id = "quota", .found = "not over quota"};
  // -q: says only where this user is over, and then exits with an error.
  const auto result = os::run({.arguments = {"quota", "-q", "-w"},
                               .directory = "/",
                               .environment = {{"LC_ALL", "C"}},
                               .timeout = quota_patience});
  if (!result || result->timed_out) {
    check.found = result ? "not known: the quota program gave no answer"
                         : "not known: there is no quota program on this host";
    return check;
  }
  if (result->exit_status != 0 && !trimmed(result->output).empty()) {
    check.verdict = Verdict::Warning;
    check.found = "over quota: " + printable(result->output, 300);
    check.meaning = "writing ends when the grace period is over; reports then have nowhere to go";
    check.advice = "make room, or ask for a larger quota";
  }
  return check;
}

}  // namespace

Verdict verdict_on_room(const os::Volume& volume) {
  if (volume.bytes_free < no_room || (volume.counts_files && volume.files_free < no_files)) {
    return Verdict::Broken;
  }
  if (volume.bytes_free < little_room || (volume.counts_files && volume.files_free < few_files)) {
    return Verdict::Warning;
  }
  return Verdict::Ok;
}

void check_storage(Examination& examination) {
  examination.add(file_system_of(examination));
  examination.add(kernel_locks(examination));
  examination.add(room_in(examination, "disk", own_place(examination),
                          "reports go to the user's state directory instead"));
  if (const auto place = state_place(examination.fs)) {
    examination.add(room_in(examination, "state-disk", *place,
                            "a report whose clone cannot be written has nowhere to go"));
  } else {
    examination.add({.id = "state-disk",
                     .verdict = Verdict::Warning,
                     .found = "neither $XDG_STATE_HOME nor $HOME is set",
                     .meaning = "a report whose clone cannot be written has nowhere to go",
                     .advice = "set $HOME where jobs and cron run"});
  }
  examination.add(quota());
}

}  // namespace signalbox
