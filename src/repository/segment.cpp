#include "repository/segment.h"

#include <map>
#include <utility>

#include "base/text.h"
#include "board/document.h"

namespace signalbox {
namespace {

constexpr std::string_view line_start = "{\"id\":\"";
constexpr std::string_view job_key = "\",\"job\":\"";
constexpr std::string_view thinned_end = "\"}";
constexpr std::string_view ending = ".ndjson";
constexpr std::size_t digest_digits = 10;

// "weather_20250817_060000.json" is a document of the job "weather"; other names say nothing.
std::optional<JobName> job_of_legacy_name(std::string_view name) {
  constexpr std::string_view stamp = "_YYYYMMDD_HHMMSS.json";
  if (name.size() <= stamp.size() || !name.ends_with(".json")) return std::nullopt;
  auto job = JobName::parse(name.substr(0, name.size() - stamp.size()));
  if (!job) return std::nullopt;
  return *std::move(job);
}

// The predecessor's time of the file: "..._20250817_060000.json".
UtcTime time_of_legacy_name(std::string_view name) {
  const std::string_view stamp =
      name.substr(name.size() - std::string_view("YYYYMMDD_HHMMSS.json").size());
  std::string iso;
  for (std::size_t i = 0; i < 15; ++i) {
    if (i == 4 || i == 6) iso += '-';
    if (i == 11 || i == 13) iso += ':';
    iso += i == 8 ? 'T' : stamp[i];
  }
  return parse_time(iso).value_or(UtcTime{});
}

}  // namespace

std::string segment_name(std::string_view first_id, std::string_view blob) {
  return std::string(first_id) + "-" + std::string(blob.substr(0, digest_digits)) +
         std::string(ending);
}

std::string_view first_id_of(std::string_view name) {
  if (name.size() != EventId::length + 1 + digest_digits + ending.size() ||
      !name.ends_with(ending)) {
    return {};
  }
  return name.substr(0, EventId::length);
}

std::string_view id_of_line(std::string_view line) {
  if (!line.starts_with(line_start) || line.size() < line_start.size() + EventId::length) return {};
  return line.substr(line_start.size(), EventId::length);
}

std::string thinned_line(const EventId& id, const JobName& job) {
  return std::string(line_start) + id.text() + std::string(job_key) + job.text() +
         std::string(thinned_end);
}

std::optional<JobName> job_of_thinned_line(std::string_view line) {
  if (id_of_line(line).empty()) return std::nullopt;
  line.remove_prefix(line_start.size() + EventId::length);
  if (!line.starts_with(job_key) || !line.ends_with(thinned_end) ||
      line.size() < job_key.size() + thinned_end.size()) {
    return std::nullopt;
  }
  line.remove_prefix(job_key.size());
  line.remove_suffix(thinned_end.size());
  auto job = JobName::parse(line);
  if (!job) return std::nullopt;
  return *std::move(job);
}

void for_each_line(std::string_view segment,
                   const std::function<void(std::string_view, std::string_view)>& visit) {
  for (const std::string_view line : lines_of(segment)) {
    if (const auto id = id_of_line(line); !id.empty()) visit(id, line);
  }
}

namespace {

// Of two lines of one id: a thinned one, else an event, else (a damaged repository) either, but
// every clone the same one.
bool wins(std::string_view line, std::string_view other) {
  const auto rank = [](std::string_view text) {
    return job_of_thinned_line(text) ? 0 : parse_event(text) ? 1 : 2;
  };
  return std::pair(rank(line), line) < std::pair(rank(other), other);
}

}  // namespace

std::string merge_segments(std::span<const std::string> segments) {
  std::map<std::string_view, std::string_view> by_id;
  for (const std::string& segment : segments) {
    for_each_line(segment, [&](std::string_view id, std::string_view line) {
      const auto [at, added] = by_id.emplace(id, line);
      if (!added && line != at->second && wins(line, at->second)) at->second = line;
    });
  }
  std::string merged;
  for (const auto& [id, line] : by_id) {
    merged += line;
    merged += '\n';
  }
  return merged;
}

FileContent content_of_file(std::string_view path, std::string_view bytes) {
  FileContent content;
  const std::string_view name = path.substr(path.find_last_of('/') + 1);
  if (name.ends_with(ending)) {
    for (const std::string_view line : lines_of(bytes)) {
      if (auto job = job_of_thinned_line(line)) {
        if (auto id = EventId::parse(id_of_line(line))) {
          content.thinned.push_back({.job = *std::move(job), .id = *std::move(id)});
        }
      } else if (auto event = parse_event(line)) {
        content.events.push_back(*std::move(event));
      }
    }
    return content;
  }
  const auto job = job_of_legacy_name(name);
  if (!job) return content;
  const auto document = parse_view(*job, bytes);
  if (!document) return content;
  content.events.push_back(event_from_document(*document, bytes, time_of_legacy_name(name)));
  return content;
}

}  // namespace signalbox
