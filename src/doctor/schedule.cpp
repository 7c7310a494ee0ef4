#include "doctor/schedule.h"

#include <algorithm>
#include <bitset>
#include <charconv>

#include "base/text.h"

namespace signalbox {
namespace {

using std::chrono::seconds;

constexpr std::size_t minutes_a_day = 24 * 60;
std::optional<int> whole_number(std::string_view text) {
  int number = 0;
  const auto done = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = done.ptr == text.data() + text.size();
  if (text.empty() || done.ec != std::errc{} || !is_whole) return std::nullopt;
  return number;
}

// "*", "5", "1-5", each with "/N"; false for what is none of these. Values from 0 to `most`.
bool add_part(std::string_view part, int most, std::bitset<64>& values) {
  int step = 1;
  const auto slash = part.find('/');
  if (slash != std::string_view::npos) {
    const auto number = whole_number(part.substr(slash + 1));
    if (!number || *number < 1) return false;
    step = *number;
    part = part.substr(0, slash);
  }
  int first = 0;
  int last = most;
  if (part != "*") {
    const auto dash = part.find('-');
    const auto from = whole_number(part.substr(0, dash));
    if (!from) return false;
    first = *from;
    if (dash != std::string_view::npos) {
      const auto to = whole_number(part.substr(dash + 1));
      if (!to) return false;
      last = *to;
    } else if (slash == std::string_view::npos) {
      last = first;
    }
  }
  if (first < 0 || last > most || first > last) return false;
  for (int value = first; value <= last && value <= most; value += std::min(step, most + 1)) {
    values.set(static_cast<std::size_t>(value));
  }
  return true;
}

std::optional<std::bitset<64>> values_of(std::string_view field, int most) {
  std::bitset<64> values;
  for (;;) {
    const auto comma = field.find(',');
    if (!add_part(field.substr(0, comma), most, values)) return std::nullopt;
    if (comma == std::string_view::npos) return values;
    field = field.substr(comma + 1);
  }
}

std::vector<std::string_view> first_words(std::string_view line, std::size_t count) {
  std::vector<std::string_view> words;
  while (words.size() < count) {
    line = trimmed(line);
    if (line.empty()) break;
    const auto end = line.find_first_of(" \t");
    words.push_back(line.substr(0, end));
    if (end == std::string_view::npos) break;
    line = line.substr(end);
  }
  return words;
}

std::optional<seconds> named_period(std::string_view word) {
  if (word == "@hourly") return seconds{3600};
  if (word == "@daily" || word == "@midnight") return seconds{86'400};
  return std::nullopt;
}

}  // namespace

std::optional<seconds> period_of(std::string_view cron_line) {
  const auto words = first_words(cron_line, 5);
  if (words.empty()) return std::nullopt;
  if (words[0].starts_with('@')) return named_period(words[0]);
  if (words.size() < 5 || words[2] != "*" || words[3] != "*" || words[4] != "*") {
    return std::nullopt;
  }
  const auto minutes = values_of(words[0], 59);
  const auto hours = values_of(words[1], 23);
  if (!minutes || !hours) return std::nullopt;
  std::vector<std::size_t> runs;
  for (std::size_t minute = 0; minute < minutes_a_day; ++minute) {
    if (hours->test(minute / 60) && minutes->test(minute % 60)) runs.push_back(minute);
  }
  std::size_t longest = runs.front() + minutes_a_day - runs.back();
  for (std::size_t i = 1; i < runs.size(); ++i) longest = std::max(longest, runs[i] - runs[i - 1]);
  return seconds{60 * static_cast<std::int64_t>(longest)};
}

Verdict lateness(std::chrono::milliseconds age, seconds period) {
  if (age >= period * 4) return Verdict::Broken;
  return age >= period * 2 ? Verdict::Warning : Verdict::Ok;
}

}  // namespace signalbox
