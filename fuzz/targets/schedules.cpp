// Cron expressions, durations, time zones and their files.
#include "schedule/cron_expression.h"
#include "target.h"

namespace signalbox::fuzz {
namespace {

constexpr UtcTime now{std::chrono::seconds{1'755'410'400}};

void schedules(std::string_view bytes) {
  const auto zone = TimeZone::parse(bytes);
  const TimeZone used = zone.value_or(TimeZone{});
  const auto offset = used.offset_at(std::chrono::floor<std::chrono::seconds>(now));
  require(std::chrono::abs(offset) <= std::chrono::hours{26});
  const auto expression = CronExpression::parse(zone ? "*/7 2,3 * * *" : bytes);
  if (expression) {
    const auto next = expression->next(now, used);
    if (next) require(*next > now && *next < last_time);
    // What comes next from just before it is the same.
    if (next) require(expression->next(*next - std::chrono::seconds{1}, used) == next);
  }
  if (const auto duration = parse_duration(bytes)) require(duration->count() >= 0);
  if (is_zone_name(bytes)) require(bytes.find("..") == std::string_view::npos);
}

const Target target("schedules", schedules);

}  // namespace
}  // namespace signalbox::fuzz
