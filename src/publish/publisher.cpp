#include "publish/publisher.h"

#include <algorithm>

#include "lock/advertised_lock.h"
#include "os/kernel_lock.h"
#include "os/process.h"
#include "publish/publish_log.h"

namespace signalbox {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds lock_patience{30'000};
constexpr const char* detached_operation = "background publish";
// Reports come in bursts: a moment's patience puts a burst into one push.
constexpr milliseconds settle_time{150};
constexpr milliseconds glance{500};
// After a failure it stays for one more try when that is near, and leaves otherwise.
constexpr std::chrono::seconds worth_staying{30};

// The one detached publisher of a clone where no kernel lock says so.
std::string file_of_detached(const Clone& clone) {
  return clone.own_directory() + "/publisher";
}

Result<AdvertisedLock> lock_detached_by_file(os::FileSystem& fs, os::Clock& clock,
                                             const Clone& clone) {
  LockWatch watch(fs, clock);
  return AdvertisedLock::try_acquire(fs, file_of_detached(clone),
                                     format_lock(detached_operation, clock.wall()), watch,
                                     {.touch_every = touch_interval});
}

bool is_detached_by_file(os::FileSystem& fs, os::Clock& clock, const Clone& clone) {
  const auto sight = look_at(fs, file_of_detached(clone));
  return sight && LockWatch(fs, clock).judge(*sight, LockWatch::Proof::None).owner != Owner::Gone;
}

void add_up(const PublishOutcome& part, PublishOutcome& whole) {
  whole.published += part.published;
  whole.adopted += part.adopted;
  whole.commits += part.commits;
  whole.compacted_days += part.compacted_days;
  whole.thinned += part.thinned;
  whole.tip = part.tip;
  whole.unreadable = part.unreadable;
  whole.files += part.files;
  whole.files_left = part.files_left;
  whole.notes = part.notes;
  whole.deferred_until = part.deferred_until;
}

Result<PublishOutcome> publish_locked(os::FileSystem& fs, os::Clock& clock, const Clone& clone,
                                      const PublishRequest& request, const std::string& operation,
                                      const AfterReports& after, PublishLog& log) {
  const auto lock = PublisherLock::acquire(fs, clock, lock_places(clone), operation, lock_patience);
  if (!lock) return std::unexpected(lock.error());
  log.acquired(*lock, operation);
  auto session = Session::open(fs, clock, clone);
  // Bad settings came with a push, and so does their cure: a sync fetches before it gives up.
  if (!session && request.fetch_first && Session::catch_up(fs, clock, clone, *lock)) {
    session = Session::open(fs, clock, clone);
  }
  if (!session) return std::unexpected(session.error());
  auto outcome = (*session)->publish(*lock, request, log);
  if (outcome && after) after(**session, *lock, request, *outcome);
  return outcome;
}

Result<PublishOutcome> publish_once(os::FileSystem& fs, os::Clock& clock, const Clone& clone,
                                    const PublishRequest& request, const std::string& operation,
                                    const AfterReports& after) {
  if (auto made = os::make_directories(fs, clone.own_directory()); !made) {
    return std::unexpected(made.error());
  }
  PublishLog log(fs, clock, clone);
  auto outcome = publish_locked(fs, clock, clone, request, operation, after, log);
  log.ended(operation, outcome);
  log.show();
  return outcome;
}

// Sleeps until `until`, or until something new arrives: the end of a run does not wait its turn.
void sleep_or_notice(os::Clock& clock, const Spool& spool, UtcTime until) {
  const auto waiting = [&] {
    const auto ids = spool.waiting_ids();
    return ids ? ids->size() : 0;
  };
  const std::size_t before = waiting();
  while (clock.wall() < until && waiting() == before) {
    clock.sleep(std::clamp(until - clock.wall(), milliseconds{1}, glance));
  }
}

// What a publisher of this user cannot publish.
struct Left {
  std::size_t events = 0;
  std::size_t files = 0;
};

// Whether the spool or the outbox holds more than that.
bool anything_waits(os::FileSystem& fs, const Clone& clone, const Left& left) {
  const auto waiting = Spool(fs, clone.spool_directory()).waiting_ids();
  return (waiting && waiting->size() > left.events) ||
         Outbox(fs, clone.outbox_directory()).waiting() > left.files;
}

// What is left that cannot be published, when nothing else waits; nothing when the rest is for
// later.
std::optional<Left> publish_detached(os::FileSystem& fs, os::Clock& clock, const Clone& clone,
                                     milliseconds end, bool looks_for_files,
                                     const AfterReports& after) {
  const Spool spool(fs, clone.spool_directory());
  Left left;
  clock.sleep(settle_time);
  while (clock.monotonic() < end) {
    if (!looks_for_files && !anything_waits(fs, clone, left)) return left;
    looks_for_files = false;
    const UtcTime now = clock.wall();
    const UtcTime until = hold_until(read_state(fs, clone.own_directory()), now);
    if (until - now > worth_staying) return std::nullopt;
    if (until > now) clock.sleep(until - now);
    const auto outcome = publish_once(fs, clock, clone, {}, "publish", after);
    if (!outcome) {
      const auto state = read_state(fs, clone.own_directory());
      const bool delayed = state.not_before && *state.not_before > clock.wall();
      // Somebody else is at work: who waits for the lock is there when it is free. Any other error
      // before the session (a broken repository) leaves no delay behind, and the rest for later.
      if (!delayed && outcome.error().kind != ErrorKind::Busy) return std::nullopt;
      continue;
    }
    left = {outcome->unreadable, outcome->files_left};
    if (outcome->deferred_until) sleep_or_notice(clock, spool, *outcome->deferred_until);
  }
  return std::nullopt;
}

}  // namespace

Result<PublishOutcome> publish_until_idle(os::FileSystem& fs, os::Clock& clock, const Clone& clone,
                                          const UntilIdle& request) {
  PublishOutcome whole;
  bool fetch_first = request.fetch_first;
  for (;;) {
    const auto outcome = publish_once(fs, clock, clone,
                                      {.fetch_first = fetch_first,
                                       .urgent = request.urgent,
                                       .compact = request.compact,
                                       .scheduled = request.scheduled,
                                       .progress = request.progress},
                                      fetch_first ? "sync" : "publish", request.after);
    if (!outcome) return outcome;
    add_up(*outcome, whole);
    if (!whole.deferred_until) {
      // What was reported since the last look, by somebody who found a publisher at work.
      if (anything_waits(fs, clone, {whole.unreadable, whole.files_left})) {
        (void)start_detached_publisher(fs, clock, clone);  // else the next report or sync publishes
      }
      return whole;
    }
    fetch_first = false;
    const auto wait = *whole.deferred_until - clock.wall();
    if (request.say && wait > std::chrono::seconds{1}) {
      request.say("the push budget is used up; waiting " +
                  std::to_string(std::chrono::ceil<std::chrono::seconds>(wait).count()) + " s");
    }
    clock.sleep(std::clamp<milliseconds>(wait, milliseconds{1}, std::chrono::minutes{1}));
  }
}

void run_detached(os::FileSystem& fs, os::Clock& clock, const Clone& clone, const Detached& how) {
  PublishLog log(fs, clock, clone);
  const auto end = clock.monotonic() + how.life;
  bool looks_for_files = how.files;
  for (;;) {
    std::optional<Left> left;
    {
      const auto lock = os::KernelLock::try_acquire(lock_places(clone).detached());
      if (!lock) {
        log.error(lock.error());
        return;
      }
      if (!*lock) return;
      (*lock)->sign(format_lock(detached_operation, clock.wall()));
      std::optional<Result<AdvertisedLock>> file;
      if (!(*lock)->excludes()) {
        file = lock_detached_by_file(fs, clock, clone);
        if (!*file) log.error(file->error());
        if (*file && (*file)->outcome() == AdvertisedLock::Outcome::Taken) return;
      }
      left = publish_detached(fs, clock, clone, end, looks_for_files, how.after);
      looks_for_files = false;
    }
    if (clock.monotonic() >= end) break;
    // Let go first, then look: see the header.
    if (!left || !anything_waits(fs, clone, *left)) return;
  }
  // Old, and the work goes on.
  if (auto started = start_detached_publisher(fs, clock, clone); !started)
    log.error(started.error());
}

PublisherLock::Places lock_places(const Clone& clone) {
  return {.git_directory = clone.common_directory,
          .own_directory = clone.own_directory(),
          .worktree = clone.worktree};
}

Branch branch_for_report(os::FileSystem& fs, os::Clock& clock, const std::optional<Clone>& clone) {
  const auto open = [&fs, &clock, &clone] { return Session::open(fs, clock, *clone); };
  return {.seen_before = [open](const ParsedView& document, std::string_view bytes,
                                UtcTime) -> Result<bool> {
            const auto session = open();
            if (!session) return std::unexpected(session.error());
            return (*session)->shows(document.event.job, bytes);
          },
          .shown =
              [open](const JobName& job) {
                const auto session = open();
                return session ? (*session)->shown(job) : EventId{};
              }};
}

Status start_detached_publisher(os::FileSystem& fs, os::Clock& clock, const Clone& clone) {
  {
    const auto lock = os::KernelLock::try_acquire(lock_places(clone).detached());
    if (!lock) return std::unexpected(lock.error());
    if (!*lock) return {};
    if (!(*lock)->excludes() && is_detached_by_file(fs, clock, clone)) return {};
  }
  const auto executable = os::own_executable();
  if (!executable) return std::unexpected(executable.error());
  const std::string& place = clone.worktree.empty() ? clone.common_directory : clone.worktree;
  return os::start_detached({*executable, "publish", "--detached", "-C", place}, "/");
}

}  // namespace signalbox
