// The last line of a zone's file: the rule for all years that the file does not list, as POSIX has
// it for $TZ ("CET-1CEST,M3.5.0,M10.5.0/3"). Internal to this room.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace signalbox::posix {

// "M3.5.0/2": a day of the year, in one of three forms, and a time of that day.
struct Date {
  enum class Form { JulianDay, DayOfYear, WeekdayOfMonth } form = Form::JulianDay;
  int month = 0, week = 0, day = 0;
  std::chrono::seconds time{7200};
};

struct Rule {
  std::chrono::seconds standard{0};
  struct Summer {
    std::chrono::seconds offset;
    Date begin, end;
  };
  std::optional<Summer> summer;
};

[[nodiscard]] std::optional<Rule> parse_rule(std::string_view text);

[[nodiscard]] std::chrono::local_seconds time_in(const Date& date, std::chrono::year year);

}  // namespace signalbox::posix
