#include "base/time.h"

#include <cstdio>

namespace signalbox {
namespace {

using namespace std::chrono;

struct Parts {
  int year;
  unsigned month, day;
  int hour, minute, second, millisecond;
};

Parts split(UtcTime time) {
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  return {static_cast<int>(date.year()),
          static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count()),
          static_cast<int>(clock.subseconds().count())};
}

// Takes exactly `width` digits from the front of `text`.
std::optional<int> take_digits(std::string_view& text, std::size_t width) {
  if (text.size() < width) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(width);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<milliseconds> take_fraction(std::string_view& text) {
  if (!take(text, '.') && !take(text, ',')) return milliseconds{0};
  int value = 0;
  int digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1)) {
    if (digits < 3) value = value * 10 + (text.front() - '0');
    ++digits;
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 3; ++digits) value *= 10;
  return milliseconds{value};
}

std::optional<minutes> take_zone(std::string_view& text) {
  if (text.empty() || take(text, 'Z') || take(text, 'z')) return minutes{0};
  const bool east = text.front() == '+';
  if (!east && text.front() != '-') return std::nullopt;
  text.remove_prefix(1);
  const auto hour = take_digits(text, 2);
  take(text, ':');
  const auto minute = text.empty() ? std::optional(0) : take_digits(text, 2);
  if (!hour || !minute || *hour > 14 || *minute > 59) return std::nullopt;
  const minutes offset = hours{*hour} + minutes{*minute};
  return east ? offset : -offset;
}

}  // namespace

std::string format_minutes(UtcTime time) {
  const Parts p = split(time);
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02dZ", p.year, p.month, p.day, p.hour,
                p.minute);
  return text;
}

std::string format_seconds(UtcTime time) {
  const Parts p = split(time);
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", p.year, p.month, p.day, p.hour,
                p.minute, p.second);
  return text;
}

std::string format_milliseconds(UtcTime time) {
  const Parts p = split(time);
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", p.year, p.month, p.day,
                p.hour, p.minute, p.second, p.millisecond);
  return text;
}

std::optional<UtcTime> parse_time(std::string_view text) {
  const auto year_number = take_digits(text, 4);
  if (!year_number || !take(text, '-')) return std::nullopt;
  const auto month_number = take_digits(text, 2);
  if (!month_number || !take(text, '-')) return std::nullopt;
  const auto day_number = take_digits(text, 2);
  if (!day_number) return std::nullopt;
  const year_month_day date{year{*year_number}, month{static_cast<unsigned>(*month_number)},
                            day{static_cast<unsigned>(*day_number)}};
  if (!date.ok()) return std::nullopt;
  UtcTime time = sys_days{date};
  if (!text.empty()) {
    if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return std::nullopt;
    const auto hour = take_digits(text, 2);
    if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
    const auto minute = take_digits(text, 2);
    if (!minute || *minute > 59) return std::nullopt;
    std::optional<int> second = 0;
    if (take(text, ':')) second = take_digits(text, 2);
    if (!second || *second > 60) return std::nullopt;
    const auto fraction = take_fraction(text);
    if (!fraction) return std::nullopt;
    const auto zone = take_zone(text);
    if (!zone || !text.empty()) return std::nullopt;
    time += hours{*hour} + minutes{*minute} + seconds{*second} + *fraction - *zone;
  }
  if (time < UtcTime{} || time >= last_time) return std::nullopt;
  return time;
}

}  // namespace signalbox
