// When a job is expected to start: a line of cron's five fields in a time zone. Pure.
//
//   minute 0-59, hour 0-23, day of month 1-31, month 1-12 or jan-dec, day of week 0-7 or sun-sat
//
// with lists (1,15), ranges (mon-fri) and steps (*/15, 8-18/2), or one of @hourly, @daily,
// @midnight, @weekly, @monthly, @yearly, @annually. Where both days are restricted (neither begins
// with '*') either of them is enough.
#pragma once

#include <bitset>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "schedule/time_zone.h"

namespace signalbox {

class CronExpression {
 public:
  // InvalidInput says which field is wrong, and how.
  [[nodiscard]] static Result<CronExpression> parse(std::string_view text);

  // The first time after `time` that clocks of the zone show a minute of the expression; nothing
  // when none comes within ten years ("0 0 30 2 *").
  //
  // Where clocks are changed, what Vixie's cron does: a job of a fixed hour and minute whose time
  // is skipped starts at the jump, and one whose time comes twice starts at the first. One whose
  // minute or hour begins with '*' follows the clock: it is not made up for, and starts both times.
  [[nodiscard]] std::optional<UtcTime> next(UtcTime time, const TimeZone& zone) const;

  friend bool operator==(const CronExpression&, const CronExpression&) = default;

 private:
  [[nodiscard]] bool has(std::chrono::year_month_day date) const;
  [[nodiscard]] std::optional<std::chrono::sys_seconds> next_of_day(std::chrono::local_days day,
                                                                    std::chrono::sys_seconds after,
                                                                    const TimeZone& zone) const;

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<7> weekdays_;
  bool any_day_ = false, any_weekday_ = false;  // the field begins with '*'
  bool follows_clock_ = false;                  // the minute's or the hour's does
};

// "90s", "30m", "2h", "1d", a whole number each; nothing for other texts or more than 366 days.
[[nodiscard]] std::optional<std::chrono::seconds> parse_duration(std::string_view text);

}  // namespace signalbox
