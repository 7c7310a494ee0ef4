#include "publish/state.h"

#include <algorithm>

#include "base/json.h"

namespace signalbox {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr std::size_t state_limit = 256UL << 10U;
constexpr std::chrono::seconds longest_delay{600};

std::string path_of(const std::string& own_directory) {
  return own_directory + "/state.json";
}

Json time_or_null(const std::optional<UtcTime>& time) {
  return time ? Json(format_milliseconds(*time)) : Json();
}

}  // namespace

PublishState read_state(os::FileSystem& fs, const std::string& own_directory) {
  PublishState state;
  const auto bytes = fs.read(path_of(own_directory), state_limit);
  if (!bytes) return state;
  const auto document = parse_json(*bytes);
  if (!document || !document->is_object()) return state;
  if (const auto pushes = document->find("pushes");
      pushes != document->end() && pushes->is_array()) {
    for (const Json& push : *pushes) {
      if (!push.is_string()) continue;
      if (const auto time = parse_time(push.get_ref<const std::string&>())) {
        state.pushes.push_back(*time);
      }
    }
  }
  state.last_publish = parse_time(text_at(*document, "last_publish"));
  state.last_error = text_at(*document, "last_error");
  state.last_error_time = parse_time(text_at(*document, "last_error_time"));
  state.last_error_kind = text_at(*document, "last_error_kind");
  state.last_sync = parse_time(text_at(*document, "last_sync"));
  state.last_health = parse_time(text_at(*document, "last_health"));
  state.health_refused = parse_time(text_at(*document, "health_refused"));
  if (const auto period = document->find("sync_period_seconds");
      period != document->end() && period->is_number_integer()) {
    state.sync_period = std::clamp(std::chrono::seconds{period->get<std::int64_t>()},
                                   std::chrono::seconds{0}, longest_sync_period);
  }
  state.not_before = parse_time(text_at(*document, "not_before"));
  state.checkout_obstacle = text_at(*document, "checkout_obstacle");
  state.clean_status_tree = text_at(*document, "clean_status_tree");
  state.settled_tip = text_at(*document, "settled_tip");
  state.thinned_through = text_at(*document, "thinned_through");
  state.compacted = parse_time(text_at(*document, "compacted"));
  state.collected = parse_time(text_at(*document, "collected"));
  state.collection_error = text_at(*document, "collection_error");
  if (const auto failures = document->find("failures");
      failures != document->end() && failures->is_number_integer()) {
    state.failures = std::clamp(failures->get<int>(), 0, 1000);
  }
  if (const auto limit = document->find("batch_limit");
      limit != document->end() && limit->is_number_unsigned()) {
    state.batch_limit = std::clamp<std::size_t>(limit->get<std::size_t>(), 1, largest_batch);
  }
  return state;
}

Status write_state(os::FileSystem& fs, const std::string& own_directory,
                   const PublishState& state) {
  Json document = Json::object();
  document["pushes"] = Json::array();
  for (const UtcTime push : state.pushes) document["pushes"].push_back(format_milliseconds(push));
  document["last_publish"] = time_or_null(state.last_publish);
  document["last_error"] = state.last_error;
  document["last_error_time"] = time_or_null(state.last_error_time);
  document["last_error_kind"] = state.last_error_kind;
  document["last_sync"] = time_or_null(state.last_sync);
  document["sync_period_seconds"] = state.sync_period.count();
  document["last_health"] = time_or_null(state.last_health);
  document["health_refused"] = time_or_null(state.health_refused);
  document["not_before"] = time_or_null(state.not_before);
  document["failures"] = state.failures;
  document["checkout_obstacle"] = state.checkout_obstacle;
  document["clean_status_tree"] = state.clean_status_tree;
  document["batch_limit"] = state.batch_limit;
  document["settled_tip"] = state.settled_tip;
  document["thinned_through"] = state.thinned_through;
  document["compacted"] = time_or_null(state.compacted);
  document["collected"] = time_or_null(state.collected);
  document["collection_error"] = state.collection_error;
  return os::replace_file(fs, path_of(own_directory), to_pretty(document) + "\n");
}

UtcTime next_push(const PublishState& state, int per_minute, bool urgent, UtcTime now) {
  std::vector<UtcTime> recent;
  for (const UtcTime push : state.pushes) {
    if (push <= now && now - push < minutes{1}) recent.push_back(push);
  }
  if (recent.empty()) return now;
  std::ranges::sort(recent);
  const auto budget = static_cast<std::size_t>(per_minute);
  const UtcTime free = recent.size() < budget ? now : recent[recent.size() - budget] + minutes{1};
  if (urgent) return std::max(now, free);
  const milliseconds spacing = milliseconds{minutes{1}} / per_minute;
  return std::max({now, free, recent.back() + spacing});
}

std::chrono::seconds retry_delay(ErrorKind kind, int failures) {
  using std::chrono::seconds;
  seconds first{5};
  if (kind == ErrorKind::RateLimited) first = seconds{60};
  if (kind == ErrorKind::Refused || kind == ErrorKind::Authentication ||
      kind == ErrorKind::TooLarge) {
    first = seconds{30};
  }
  if (kind == ErrorKind::Busy || kind == ErrorKind::RaceLost) first = seconds{1};
  return std::min(first * (1 << std::clamp(failures - 1, 0, 8)), longest_delay);
}

UtcTime hold_until(const PublishState& state, UtcTime now) {
  const UtcTime until = state.not_before.value_or(now);
  return until > now + longest_delay ? now : until;
}

void note_sync(PublishState& state, UtcTime now, bool scheduled) {
  if (scheduled && state.last_sync && now > *state.last_sync) {
    const auto period = std::chrono::round<std::chrono::seconds>(now - *state.last_sync);
    // A schedule that was off for a while is no new one.
    if (period <= longest_sync_period) state.sync_period = period;
  }
  state.last_sync = now;
}

void note_push(PublishState& state, UtcTime now) {
  std::erase_if(state.pushes, [&](UtcTime push) { return push > now || now - push >= minutes{1}; });
  state.pushes.push_back(now);
}

}  // namespace signalbox
