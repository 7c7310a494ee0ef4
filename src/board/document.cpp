#include "board/document.h"

#include <algorithm>

namespace signalbox {
namespace {

std::uint64_t fnv1a(std::string_view bytes, std::uint64_t hash = 0xCBF29CE484222325ULL) {
  for (const char c : bytes) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001B3ULL;
  }
  return hash;
}

constexpr std::string_view stamp_form = "_00000000_000000.json";
constexpr std::string_view day_form = "0000-00-00.json";

// A '0' stands for a digit, other characters for themselves.
bool has_form(std::string_view text, std::string_view form) {
  return std::ranges::equal(
      text, form, [](char c, char f) { return f == '0' ? c >= '0' && c <= '9' : c == f; });
}

// "_20250817_060000.json"
UtcTime time_of_stamp(std::string_view stamp) {
  std::string iso(stamp.substr(1, 8));
  iso.insert(6, "-").insert(4, "-");
  iso += "T" + std::string(stamp.substr(10, 6)).insert(4, ":").insert(2, ":");
  return parse_time(iso).value_or(UtcTime{});
}

Result<HistoryDocument> document_of(const JobName& job, std::string bytes, UtcTime named) {
  auto view = parse_view(job, bytes);
  if (!view) return std::unexpected(view.error());
  const UtcTime found = parse_time(view->event.end_time.value_or("")).value_or(named);
  return HistoryDocument{*std::move(view), std::move(bytes), found};
}

std::vector<Result<HistoryDocument>> documents_of_day(std::string_view bytes, UtcTime day) {
  std::vector<Result<HistoryDocument>> documents;
  const auto list = parse_json(bytes);
  if (!list || !list->is_array()) {
    documents.push_back(list ? fail(ErrorKind::Corrupt, "the day's file is not a list")
                             : std::unexpected(list.error()));
    return documents;
  }
  std::size_t number = 0;
  const auto refused = [&](const std::string& why) {
    documents.push_back(fail(ErrorKind::Corrupt, "entry " + std::to_string(number) + why));
  };
  for (const Json& one : *list) {
    ++number;
    const std::string name = one.is_object() ? text_at(one, "job_name") : std::string();
    const auto job = JobName::parse(name);
    if (name.empty()) {
      refused(" names no job");
    } else if (!job) {
      refused(": " + job.error().what);
    } else if (auto document = document_of(*job, to_line(one), day)) {
      documents.push_back(std::move(document));
    } else {
      refused(": " + document.error().what);
    }
  }
  return documents;
}

}  // namespace

std::uint64_t content_digest(const JobName& job, std::string_view bytes) {
  // Folded to the 48 bits of an id, so that both halves count.
  const std::uint64_t hash = fnv1a(bytes, fnv1a(job.text()));
  return (hash ^ (hash >> 48U)) & ((std::uint64_t{1} << 48U) - 1);
}

Event event_from_document(const ParsedView& document, std::string_view bytes, UtcTime found) {
  Event event = document.event;
  if (!says_when(document)) event.time = found;
  // Most writers give whole seconds. What they wrote in the second of an earlier report is later.
  const bool whole_second = event.time == std::chrono::floor<std::chrono::seconds>(event.time);
  const UtcTime clock =
      event.time + std::chrono::milliseconds{whole_second && says_when(document) ? 999 : 0};
  event.id = EventId::next(clock, document.event.id, 0, content_digest(event.job, bytes));
  return event;
}

std::vector<Result<HistoryDocument>> documents_of_history_file(std::string_view name,
                                                               std::string_view bytes) {
  if (has_form(name, day_form)) {
    return documents_of_day(bytes, parse_time(name.substr(0, 10)).value_or(UtcTime{}));
  }
  if (name.size() <= stamp_form.size()) return {};
  const std::string_view stamp = name.substr(name.size() - stamp_form.size());
  const auto job = JobName::parse(name.substr(0, name.size() - stamp.size()));
  if (!has_form(stamp, stamp_form) || !job) return {};
  std::vector<Result<HistoryDocument>> documents;
  documents.push_back(document_of(*job, std::string(bytes), time_of_stamp(stamp)));
  return documents;
}

}  // namespace signalbox
