#include "log/entry.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

#include "base/json.h"
#include "base/text.h"

namespace signalbox {
namespace {

using std::chrono::seconds;

constexpr std::array<std::string_view, 3> level_words{"info", "warning", "error"};
constexpr std::string_view no_slurm_job = "N/A";
constexpr std::string_view slurm_prefix = "[SLURM:";
constexpr std::size_t stamp_length = 19;  // 2025-08-17 06:00:00
constexpr std::size_t word_limit = 64;
constexpr std::string_view entry_start = "{\"time\":\"";

std::string local_time(UtcTime time) {
  const std::time_t whole = std::chrono::floor<seconds>(time).time_since_epoch().count();
  std::tm parts{};
  std::array<char, 32> text{};
  // Years that are accepted have four digits, which localtime_r can always split.
  if (::localtime_r(&whole, &parts) == nullptr ||
      std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts) != stamp_length) {
    return "0000-00-00 00:00:00";
  }
  return text.data();
}

std::optional<UtcTime> parse_local_time(std::string_view text) {
  if (text.size() != stamp_length || text[10] != ' ') return std::nullopt;
  // The parts are checked as if they were UTC; the time zone is the C library's to know.
  const auto as_utc = parse_time(text);
  if (!as_utc) return std::nullopt;
  const std::time_t whole = std::chrono::floor<seconds>(*as_utc).time_since_epoch().count();
  std::tm parts{};
  if (::gmtime_r(&whole, &parts) == nullptr) return std::nullopt;
  parts.tm_isdst = -1;
  const UtcTime time{seconds{std::mktime(&parts)}};
  if (time < UtcTime{} || time >= last_time) return std::nullopt;
  return time;
}

// "PREFIXinside] rest": the inside, with all that is before the rest taken away; nothing, and
// nothing taken away, for another form.
std::optional<std::string_view> take_bracketed(std::string_view prefix, std::string_view& line) {
  const auto end = line.find(']');
  if (!line.starts_with(prefix) || end == std::string_view::npos) return std::nullopt;
  const auto inside = line.substr(prefix.size(), end - prefix.size());
  line = trimmed(line.substr(end + 1));
  return inside;
}

LogLevel level_of_text(std::string_view text) {
  if (text.starts_with("❌")) return LogLevel::Error;
  return text.starts_with("⚠") || text.starts_with("🔧") ? LogLevel::Warning : LogLevel::Info;
}

bool is_word(std::string_view text) {
  return !text.empty() && text == file_word(text);
}

}  // namespace

std::string format_log_level(LogLevel level) {
  return std::string(level_words.at(static_cast<std::size_t>(level)));
}

std::optional<LogLevel> parse_log_level(std::string_view text) {
  const auto* const found = std::ranges::find(level_words, text);
  if (found == level_words.end()) return std::nullopt;
  return static_cast<LogLevel>(found - level_words.begin());
}

std::string format_log_entry(const LogEntry& entry) {
  Json line;
  line["time"] = format_milliseconds(entry.time);
  line["level"] = format_log_level(entry.level);
  line["host"] = entry.host;
  line["pid"] = entry.pid;
  if (!entry.slurm.empty()) line["slurm"] = entry.slurm;
  line["event"] = entry.event;
  if (!entry.job.empty()) line["job"] = printable(entry.job);
  line["text"] = printable(entry.text, log_text_limit);
  return to_line(line);
}

std::optional<LogEntry> parse_log_entry(std::string_view line) {
  // A quote inside a text is escaped, so that this begins an entry and nothing else.
  const auto start = line.rfind(entry_start);
  if (start == std::string_view::npos) return std::nullopt;
  const auto parsed = parse_json(line.substr(start));
  if (!parsed || !parsed->is_object()) return std::nullopt;
  const auto time = parse_time(text_at(*parsed, "time"));
  const auto level = parse_log_level(text_at(*parsed, "level"));
  const auto pid = parsed->find("pid");
  if (!time || !level || pid == parsed->end() || !pid->is_number_integer()) return std::nullopt;
  // Somebody else may have written it: nothing in it may end a line or move a cursor.
  return LogEntry{.time = *time,
                  .level = *level,
                  .host = file_word(text_at(*parsed, "host")),
                  .pid = static_cast<int>(pid->get<std::int32_t>()),
                  .slurm = parsed->contains("slurm") ? file_word(text_at(*parsed, "slurm")) : "",
                  .event = printable(text_at(*parsed, "event")),
                  .job = printable(text_at(*parsed, "job")),
                  .text = printable(text_at(*parsed, "text"), log_text_limit)};
}

std::string render_log_entry(const LogEntry& entry) {
  return "[" + local_time(entry.time) + "] " + std::string(slurm_prefix) +
         (entry.slurm.empty() ? std::string(no_slurm_job) : entry.slurm) + "] " + entry.text +
         " [" + entry.host + " " + std::to_string(entry.pid) + "]";
}

bool is_rendered(std::string_view line) {
  if (!line.ends_with(']')) return false;
  const auto start = line.rfind(" [");
  if (start == std::string_view::npos) return false;
  const auto inside = line.substr(start + 2, line.size() - start - 3);
  const auto space = inside.find(' ');
  if (space == std::string_view::npos || !is_word(inside.substr(0, space))) return false;
  const auto pid = inside.substr(space + 1);
  return !pid.empty() && pid.size() <= 10 &&
         std::ranges::all_of(pid, [](char c) { return c >= '0' && c <= '9'; });
}

LogEntry parse_foreign_line(std::string_view line, UtcTime fallback) {
  LogEntry entry{.time = fallback, .event = std::string(foreign_event)};
  std::string_view rest = line;
  const auto stamp = take_bracketed("[", rest);
  const auto time = stamp ? parse_local_time(*stamp) : std::nullopt;
  if (time) {
    entry.time = *time;
    const auto id = take_bracketed(slurm_prefix, rest);
    if (id && !id->empty() && *id != no_slurm_job) entry.slurm = file_word(*id);
  }
  entry.text = printable(time ? rest : line, log_text_limit);
  entry.level = level_of_text(entry.text);
  return entry;
}

std::string file_word(std::string_view text) {
  std::string word;
  for (const char c : text.substr(0, word_limit)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    word += plain || c == '-' || (c == '.' && !word.empty()) ? c : '_';
  }
  return word.empty() ? "_" : word;
}

}  // namespace signalbox
