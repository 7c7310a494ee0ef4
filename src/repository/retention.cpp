#include "repository/retention.h"

#include <map>
#include <optional>
#include <utility>

#include "base/text.h"
#include "event/event.h"
#include "repository/segment.h"

namespace signalbox {
namespace {

// The hour of a line's id, as text: 20250817T06.
std::string_view hour_of(std::string_view line) {
  return id_of_line(line).substr(0, std::string_view("YYYYMMDDTHH").size());
}

struct Line {
  std::string_view text;
  std::optional<JobName> job;  // of an event that may be thinned
  bool kept = true;
};

// The last event of a run in the hour that is looked at.
struct Latest {
  std::size_t line;
  std::string status;
};

}  // namespace

std::string thinned(std::string_view lines) {
  std::vector<Line> all;
  std::map<std::pair<JobName, std::string>, Latest> latest;
  std::string_view hour;
  const auto end_hour = [&] {
    for (const auto& [run, last] : latest) all[last.line].kept = true;
    latest.clear();
  };
  for (const std::string_view text : lines_of(lines)) {
    all.push_back({.text = text, .job = std::nullopt});
    auto event = parse_event(text);
    if (!event || event->id.text() != id_of_line(text)) continue;
    if (hour_of(text) != hour) end_hour();
    hour = hour_of(text);
    const auto [at, is_first] =
        latest.try_emplace({event->job, event->run_id}, Latest{all.size() - 1, event->status});
    all.back().kept = is_first || at->second.status != event->status || is_terminal(event->status);
    all.back().job = std::move(event->job);
    at->second = {all.size() - 1, std::move(event->status)};
  }
  end_hour();
  std::string rest;
  for (const Line& line : all) {
    if (line.kept) {
      rest += line.text;
    } else if (const auto id = EventId::parse(id_of_line(line.text))) {
      rest += thinned_line(*id, *line.job);
    }
    rest += '\n';
  }
  return rest;
}

std::vector<std::string> parts_of_day(std::string_view lines) {
  if (lines.empty()) return {};
  if (lines.size() <= day_part_limit) return {std::string(lines)};
  std::vector<std::string> parts;
  std::string_view hour;
  for (const std::string_view line : lines_of(lines)) {
    const bool fits = !parts.empty() && parts.back().size() + line.size() + 1 <= day_part_limit;
    if (!fits || hour_of(line) != hour) parts.emplace_back();
    hour = hour_of(line);
    parts.back() += line;
    parts.back() += '\n';
  }
  return parts;
}

}  // namespace signalbox
