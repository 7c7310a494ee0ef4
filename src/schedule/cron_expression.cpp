#include "schedule/cron_expression.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/text.h"

namespace signalbox {
namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr std::size_t longest_expression = 1000;  // bytes
constexpr int days_looked_at = 3660;

struct Field {
  const char* name;
  int least, most;
  std::string_view names;  // of three letters each, the first is that of `least`; may be empty
};
constexpr std::array<Field, 5> fields{{{"minute", 0, 59, {}},
                                       {"hour", 0, 23, {}},
                                       {"day of month", 1, 31, {}},
                                       {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
                                       {"day of week", 0, 7, "sunmontuewedthufrisat"}}};

struct Nickname {
  std::string_view name, expression;
};
constexpr std::array<Nickname, 7> nicknames{{{"@hourly", "0 * * * *"},
                                             {"@daily", "0 0 * * *"},
                                             {"@midnight", "0 0 * * *"},
                                             {"@weekly", "0 0 * * 0"},
                                             {"@monthly", "0 0 1 * *"},
                                             {"@yearly", "0 0 1 1 *"},
                                             {"@annually", "0 0 1 1 *"}}};

std::optional<int> whole_number(std::string_view text) {
  int number = 0;
  const auto done = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = done.ec == std::errc{} && done.ptr == text.data() + text.size();
  return is_whole && number >= 0 ? std::optional(number) : std::nullopt;
}

std::optional<int> value_of(std::string_view text, const Field& field) {
  if (const auto number = whole_number(text)) {
    const bool fits = *number >= field.least && *number <= field.most;
    return fits ? number : std::nullopt;
  }
  constexpr std::size_t letters = 3;
  if (text.size() != letters) return std::nullopt;
  std::string name(text);
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  for (std::size_t at = 0; at < field.names.size(); at += letters) {
    if (field.names.substr(at, letters) == name) {
      return field.least + static_cast<int>(at / letters);
    }
  }
  return std::nullopt;
}

using Values = std::bitset<64>;

// "*", "5", "1-5", each of the first and last with "/2".
bool add_part(std::string_view part, const Field& field, Values& values) {
  int step = 1;
  const auto slash = part.find('/');
  if (slash != std::string_view::npos) {
    const auto number = whole_number(part.substr(slash + 1));
    if (!number || *number < 1) return false;
    step = *number;
    part = part.substr(0, slash);
  }
  int first = field.least;
  int last = field.most;
  if (part != "*") {
    const auto dash = part.find('-');
    const auto from = value_of(part.substr(0, dash), field);
    if (!from || (dash == std::string_view::npos && slash != std::string_view::npos)) return false;
    const auto to = dash == std::string_view::npos ? from : value_of(part.substr(dash + 1), field);
    if (!to || *to < *from) return false;
    first = *from;
    last = *to;
  }
  for (int value = first; value <= last; value += std::min(step, field.most + 1)) {
    values.set(static_cast<std::size_t>(value));
  }
  return true;
}

std::optional<Values> values_of(std::string_view text, const Field& field) {
  Values values;
  for (;;) {
    const auto comma = text.find(',');
    if (!add_part(text.substr(0, comma), field, values)) return std::nullopt;
    if (comma == std::string_view::npos) return values;
    text.remove_prefix(comma + 1);
  }
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) break;
    text.remove_prefix(begin);
    words.push_back(text.substr(0, text.find_first_of(" \t")));
    text.remove_prefix(words.back().size());
  }
  return words;
}

template <std::size_t size>
std::bitset<size> first_of(const Values& values) {
  std::bitset<size> some;
  for (std::size_t i = 0; i < size; ++i) some[i] = values[i];
  return some;
}

}  // namespace

Result<CronExpression> CronExpression::parse(std::string_view text) {
  const auto wrong = [&](const std::string& why) {
    return fail(ErrorKind::InvalidInput, "the cron expression '" + printable(text, 80) + "' " + why,
                "five fields: minute hour day month weekday, as in \"30 6 * * mon-fri\"");
  };
  if (text.size() > longest_expression) return wrong("is too long");
  auto words = words_of(text);
  if (words.size() == 1) {
    const auto known = std::ranges::find(nicknames, words.front(), &Nickname::name);
    if (known != nicknames.end()) words = words_of(known->expression);
  }
  if (words.size() != fields.size()) return wrong("has not five fields");
  std::array<Values, fields.size()> values;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto of_field = values_of(words[i], fields[i]);
    if (!of_field) {
      return wrong(std::string("has a wrong ") + fields[i].name + ", '" + printable(words[i], 40) +
                   "'");
    }
    values[i] = *of_field;
  }
  constexpr std::size_t sunday_too = 7;
  if (values[4][sunday_too]) values[4].set(0);
  CronExpression expression;
  expression.minutes_ = first_of<60>(values[0]);
  expression.hours_ = first_of<24>(values[1]);
  expression.days_ = first_of<32>(values[2]);
  expression.months_ = first_of<13>(values[3]);
  expression.weekdays_ = first_of<7>(values[4]);
  expression.any_day_ = words[2].starts_with('*');
  expression.any_weekday_ = words[4].starts_with('*');
  expression.follows_clock_ = words[0].starts_with('*') || words[1].starts_with('*');
  return expression;
}

bool CronExpression::has(std::chrono::year_month_day date) const {
  if (!months_[static_cast<unsigned>(date.month())]) return false;
  const bool day = days_[static_cast<unsigned>(date.day())];
  const bool weekday = weekdays_[std::chrono::weekday{local_days{date}}.c_encoding()];
  return any_day_ || any_weekday_ ? day && weekday : day || weekday;
}

std::optional<sys_seconds> CronExpression::next_of_day(local_days day, sys_seconds after,
                                                       const TimeZone& zone) const {
  const sys_seconds midnight{day.time_since_epoch()};
  const bool is_plain = zone.is_steady(midnight - days{2}, midnight + days{2});
  const seconds offset = zone.offset_at(midnight);
  std::optional<sys_seconds> first;
  const auto take = [&](sys_seconds instant) {
    if (instant > after && (!first || instant < *first)) first = instant;
  };
  for (std::size_t hour = 0; hour < hours_.size(); ++hour) {
    if (!hours_[hour]) continue;
    for (std::size_t minute = 0; minute < minutes_.size(); ++minute) {
      if (!minutes_[minute]) continue;
      const auto time = day + std::chrono::hours{hour} + std::chrono::minutes{minute};
      if (is_plain) {
        take(sys_seconds{time.time_since_epoch()} - offset);
        if (first) return first;
        continue;
      }
      const auto instants = zone.instants_of(time);
      if (instants.all.empty() && !follows_clock_) take(instants.jump);
      if (!instants.all.empty()) take(instants.all.front());
      if (follows_clock_ && instants.all.size() > 1) take(instants.all.back());
    }
  }
  return first;
}

std::optional<UtcTime> CronExpression::next(UtcTime time, const TimeZone& zone) const {
  const auto after = std::chrono::floor<seconds>(time);
  const local_days start{
      std::chrono::floor<days>(after + zone.offset_at(after)).time_since_epoch()};
  // From the day before on: clocks set back at midnight give the same day twice.
  for (auto day = start - days{1}; day < start + days{days_looked_at}; day += days{1}) {
    if (!has(std::chrono::year_month_day{day})) continue;
    auto found = next_of_day(day, after, zone);
    if (!found) continue;
    const auto tomorrow = day + days{1};
    if (has(std::chrono::year_month_day{tomorrow})) {
      const auto other = next_of_day(tomorrow, after, zone);
      if (other && *other < *found) found = other;
    }
    return UtcTime{*found} < last_time ? std::optional(UtcTime{*found}) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<seconds> parse_duration(std::string_view text) {
  constexpr std::size_t longest = 9;
  if (text.size() < 2 || text.size() > longest) return std::nullopt;
  const auto count = whole_number(text.substr(0, text.size() - 1));
  if (!count) return std::nullopt;
  int unit = 0;
  switch (text.back()) {
    case 's':
      unit = 1;
      break;
    case 'm':
      unit = 60;
      break;
    case 'h':
      unit = 3600;
      break;
    case 'd':
      unit = 86400;
      break;
    default:
      return std::nullopt;
  }
  const seconds duration = seconds{unit} * static_cast<std::int64_t>(*count);
  return duration <= days{366} ? std::optional(duration) : std::nullopt;
}

}  // namespace signalbox
