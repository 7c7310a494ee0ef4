// What this clone says of itself, along with a commit or, when it is quiet, in one of its own.
#include <algorithm>

#include "os/host.h"
#include "publish/health.h"
#include "publish/session.h"

namespace signalbox {
namespace {

// A busy clone says so much at most, unless there is something else to say.
constexpr std::chrono::minutes health_pace{5};
// Until a remote that takes commits, but none with a record, is tried with one again.
constexpr std::chrono::hours pause_when_refused{24};

std::size_t files_in(os::FileSystem& fs, const std::string& directory) {
  const auto names = fs.list(directory);
  return names ? names->size() : 0;  // none was ever set aside
}

bool is_older(UtcTime time, std::chrono::milliseconds age, UtcTime now) {
  return now - time >= age || time > now;  // one from a clock that was ahead is said again
}

}  // namespace

bool Session::tells_health(UtcTime now) const {
  return !target_.remote.empty() && settings_.health_interval.count() > 0 && !without_health_ &&
         (!state_.health_refused || is_older(*state_.health_refused, pause_when_refused, now));
}

Health Session::health(const std::string& clone, std::span<const Event> batch, UtcTime now) const {
  Health health{.clone = clone,
                .host = os::host_name(),
                .version = SIGNALBOX_VERSION,
                .time = now,
                .last_publish = state_.last_publish,
                .published = batch.size(),
                .refused = files_in(fs_, spool_.refused_directory()),
                .damaged = files_in(fs_, spool_.damaged_directory()),
                .last_error = state_.last_error_kind,
                .sync_period = state_.sync_period,
                .interval = settings_.health_interval};
  std::set<EventId> going;
  for (const Event& event : batch) going.insert(event.id);
  if (const auto ids = spool_.waiting_ids()) {
    for (const EventId& id : *ids) {
      if (going.contains(id)) continue;
      if (++health.waiting == 1) health.oldest_waiting = id.parts().time;
    }
  }
  return health;
}

// True when the commit now holds a record. Nothing here may keep an event from being published:
// what fails is said by a later commit.
bool Session::add_health(CommitPlan& commit, std::span<const Event> batch, UtcTime now) {
  if (!tells_health(now)) return false;
  const auto id = clone_id(fs_, clone_.own_directory());
  if (!id) return false;
  const std::string path = health_path(*id);
  const Health record = health(*id, batch, now);
  const auto before = own_health(commit.parent, *id);
  if (before && !is_older(before->time, health_pace, now) && !says_more(record, *before)) {
    return false;
  }
  const auto records = read_health(repository_, commit.parent);
  const auto room = repository_.has_room_for(commit.parent, path);
  if (!records || !room || !*room || (!before && records->size() >= most_health_records)) {
    return false;
  }
  commit.files[path] = format_health(record);
  for (const auto& [clone, other] : *records) {
    if (clone != *id && now - other.time > health_kept) {
      commit.files[health_path(clone)] = std::nullopt;
    }
  }
  return true;
}

std::optional<Health> Session::own_health(const std::string& tip, const std::string& id) const {
  const auto bytes = repository_.file(tip, health_path(id), health_limit);
  if (!bytes || !*bytes) return std::nullopt;
  auto record = parse_health(id, **bytes);
  return record ? std::optional(*std::move(record)) : std::nullopt;
}

// A hook may let only the paths pass that it knows. Then the reports go without the record; true
// when they should be tried so.
bool Session::leave_out_health(ErrorKind kind) {
  if (kind != ErrorKind::Refused && kind != ErrorKind::TooLarge) return false;
  without_health_ = true;
  health_is_suspect_ = true;
  return true;
}

void Session::note_health(bool told, UtcTime now) {
  if (told) state_.last_health = now;
  if (told) state_.health_refused.reset();
  if (!told && health_is_suspect_) state_.health_refused = now;
  health_is_suspect_ = false;
}

// A quiet clone is heard of by its syncs. The state alone says when: most syncs look no further.
void Session::publish_health(PublishOutcome& outcome) {
  const UtcTime now = clock_.wall();
  if (!tells_health(now) || outcome.tip.empty()) return;
  if (!state_.last_health || *state_.last_health > now) {
    state_.last_health = now;  // the first interval of a clone begins
    return;
  }
  if (!is_older(*state_.last_health, settings_.health_interval, now) ||
      next_push(state_, settings_.pushes_per_minute, true, now) > now) {
    return;
  }
  state_.last_health = now;
  CommitPlan commit{.parent = outcome.tip,
                    .events = {},
                    .views = {},
                    .files = {},
                    .message = "Tell the health of the clone on " + os::host_name() + "\n",
                    .time = now};
  // A clone that may only read is in order, and whoever loses a race speaks up an interval later.
  if (!add_health(commit, {}, now)) return;
  if (const auto written = repository_.write_commit(commit)) {
    (void)push_commit(*written, commit.parent, outcome);
  }
}

}  // namespace signalbox
