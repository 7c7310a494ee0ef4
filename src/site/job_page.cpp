#include "site/job_page.h"

#include "base/text.h"

namespace signalbox::site {
namespace {

constexpr std::size_t longest_entry = 1000;  // bytes

Json number_or_null(const std::optional<double>& value) {
  return value ? number(*value) : Json();
}

// A report carries the message of the one before over when it has none of its own.
bool says_something_new(const Event& event, const Event* before) {
  if (before == nullptr || before->status != event.status) return true;
  return event.message && (event.message != before->message || event.run_id != before->run_id);
}

}  // namespace

Json entries_of(std::span<const Event> events) {
  Json entries = Json::array();
  for (std::size_t i = 0; i < events.size() && entries.size() < most_entries_shown; ++i) {
    const Event& event = events[i];
    const Event* before = i + 1 < events.size() ? &events[i + 1] : nullptr;
    if (!says_something_new(event, before)) continue;
    Json entry = {{"time", format_milliseconds(event.time)}, {"status", event.status}};
    if (event.message) entry["message"] = shortened(*event.message, longest_entry);
    entries.push_back(std::move(entry));
  }
  return entries;
}

Json samples_of(const std::string& run, std::span<const Event> events) {
  Json samples = {{"run_id", run},
                  {"time", Json::array()},
                  {"progress", Json::array()},
                  {"cpu", Json::array()},
                  {"memory", Json::array()}};
  for (const Event& event : events) {
    samples["time"].push_back(event.time.time_since_epoch().count());
    samples["progress"].push_back(number_or_null(event.progress));
    samples["cpu"].push_back(number_or_null(event.cpu_usage));
    samples["memory"].push_back(number_or_null(event.memory_usage));
  }
  return samples;
}

}  // namespace signalbox::site
