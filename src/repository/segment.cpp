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
  for (const auto& document : documents_of_history_file(name, bytes)) {
    if (!document) continue;
    content.events.push_back(event_from_document(document->view, document->bytes, document->found));
  }
  return content;
}

}  // namespace signalbox
