// Reports that wait, here and in the user's state directory, and those that nobody will publish.
#include <algorithm>

#include "doctor/examination.h"
#include "doctor/schedule.h"
#include "publish/publisher.h"

namespace signalbox {
namespace {

constexpr std::size_t many_events = 10'000;
constexpr std::uint64_t many_bytes = 100UL << 20U;
constexpr std::size_t files_tried = 1000;  // of a spool, whether they can be read

struct SpoolSize {
  std::uint64_t bytes = 0;
  std::vector<std::string> unreadable;
};

SpoolSize measure(os::FileSystem& fs, const Spool& spool) {
  SpoolSize size;
  const auto ids = spool.waiting_ids();
  if (!ids) return size;
  std::size_t tried = 0;
  for (const EventId& id : *ids) {
    const std::string path = spool.path_of(id);
    const auto file = fs.status(path);
    if (!file) continue;
    size.bytes += file->size;
    if (++tried > files_tried) continue;
    const auto bytes = fs.read(path, event_line_limit);
    if (!bytes && bytes.error().kind == ErrorKind::PermissionDenied)
      size.unreadable.push_back(path);
  }
  return size;
}

Check waiting_in(Examination& examination, const WaitingEvents& waiting, const SpoolSize& size) {
  Check check{.id = "spool", .found = "no event waits"};
  if (waiting.in_clone == 0) return check;
  const auto oldest = examination.now - waiting.oldest.value_or(examination.now);
  check.found = counted(waiting.in_clone, "event") + (waiting.in_clone == 1 ? " waits" : " wait") +
                " (" + size_text(size.bytes) + "), the oldest for " + age(oldest);
  check.verdict = lateness(oldest, examination.sync_period);
  if (waiting.in_clone > many_events || size.bytes > many_bytes) {
    check.verdict = std::max(check.verdict, Verdict::Warning);
  }
  if (check.verdict == Verdict::Ok) return check;
  check.meaning = "they are safe on this disk, and nobody else sees them";
  check.advice = "signalbox sync -C " + examination.place() + " publishes them or says why not";
  check.fixable = true;
  if (examination.fix &&
      start_detached_publisher(examination.fs, examination.clock, examination.clone)) {
    check.fixed = "a publisher was started; `signalbox log` tells how it goes";
  }
  return check;
}

Check unreadable_in(const Examination& examination, const SpoolSize& size) {
  Check check{.id = "spool-unreadable", .found = "every waiting event can be read"};
  if (size.unreadable.empty()) return check;
  check.verdict = Verdict::Warning;
  check.found = counted(size.unreadable.size(), "event") +
                " of other users cannot be read: " + some_of(size.unreadable);
  check.meaning = "only a publisher of their owners can publish them";
  check.advice = "their owner: signalbox sync -C " + examination.place() +
                 "; share the clone with the group (see the check 'sharing')";
  return check;
}

Check set_aside(const std::string& id, const std::vector<std::string>& files,
                const std::string& meaning, const std::string& advice) {
  Check check{.id = id, .found = "none"};
  if (files.empty()) return check;
  check.verdict = Verdict::Warning;
  check.found = counted(files.size(), "file") + ": " + some_of(files);
  check.meaning = meaning;
  check.advice = advice;
  return check;
}

Check fallback_of(Examination& examination, const WaitingEvents& waiting) {
  Check check{.id = "fallback",
              .found = "no event of this clone waits in the user's state directory"};
  if (waiting.in_user_state == 0) return check;
  check.verdict = Verdict::Warning;
  check.found =
      counted(waiting.in_user_state, "event") + " for this clone in the user's state directory";
  check.meaning = "the clone could not be written when they were reported";
  check.advice = "signalbox sync -C " + examination.place() + " brings them home";
  check.fixable = true;
  if (!examination.fix) return check;
  const auto moved = bring_home(examination.fs, examination.clone);
  if (moved) {
    check.verdict = Verdict::Ok;
    check.fixed = counted(*moved, "event") + " brought home";
  } else {
    check.meaning += "; bringing them home failed: " + printable(moved.error().what, 300);
  }
  return check;
}

Check orphans_of(const Examination& examination, const WaitingEvents& waiting) {
  Check check{.id = "fallback-orphaned", .found = "none"};
  if (waiting.orphaned.empty()) return check;
  std::vector<std::string> clones;
  clones.reserve(waiting.orphaned.size());
  for (const FallbackSpool& spool : waiting.orphaned) clones.push_back("'" + spool.clone + "'");
  check.verdict = Verdict::Warning;
  check.found = "events wait for clones that are not there: " + some_of(clones);
  check.meaning = "the clone was moved or deleted, or its file system is away";
  const std::string spool = printable(examination.clone.spool_directory(), 300);
  check.advice = "when it moved here: mkdir -p '" + spool + "' && mv '" +
                 printable(waiting.orphaned.front().directory, 300) + "'/*.event '" + spool + "/'";
  return check;
}

}  // namespace

void check_spool(Examination& examination) {
  auto waiting = read_waiting(examination.fs, examination.clone);
  if (!waiting) {
    examination.add({.id = "spool",
                     .verdict = Verdict::Broken,
                     .found = printable(waiting.error().what, 300),
                     .meaning = "nobody can tell what waits",
                     .advice = "see the file system and the permissions"});
    return;
  }
  // First, so that what comes home is counted.
  const Check fallback = fallback_of(examination, *waiting);
  if (!fallback.fixed.empty()) {
    if (auto again = read_waiting(examination.fs, examination.clone)) waiting = *std::move(again);
  }
  const Spool spool(examination.fs, examination.clone.spool_directory());
  const SpoolSize size = measure(examination.fs, spool);
  examination.add(waiting_in(examination, *waiting, size));
  examination.add(unreadable_in(examination, size));
  examination.add(set_aside("spool-damaged", waiting->damaged,
                            "the disk damaged them; what they said is gone from here",
                            "look at the disk and at the job's own log; then delete the files"));
  examination.add(set_aside(
      "spool-refused", waiting->refused, "the remote took the other reports and not these",
      "mend what it objects to; moved back into the spool a file waits again"));
  examination.add(fallback);
  examination.add(orphans_of(examination, *waiting));
}

}  // namespace signalbox
