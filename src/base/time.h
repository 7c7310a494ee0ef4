// Points in time as the product writes them: UTC, to the millisecond, years 1970 to 9998.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace signalbox {

using UtcTime = std::chrono::sys_time<std::chrono::milliseconds>;

// The last point in time that is accepted from anyone; a clock can always be raised above it.
inline constexpr UtcTime last_time{std::chrono::milliseconds{253'370'764'800'000}};  // 9999-01-01

[[nodiscard]] std::string format_minutes(UtcTime time);       // 2025-08-17 06:00Z, for a table
[[nodiscard]] std::string format_seconds(UtcTime time);       // 2025-08-17T06:00:00Z
[[nodiscard]] std::string format_milliseconds(UtcTime time);  // 2025-08-17T06:00:00.123Z

// ISO 8601 with a date, a time and an optional fraction and zone ("Z", "+02:00", "+0200"; none
// means UTC), or a date alone. Nothing for other text or a time outside 1970 to 9998.
[[nodiscard]] std::optional<UtcTime> parse_time(std::string_view text);

}  // namespace signalbox
