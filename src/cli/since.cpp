#include "cli/since.h"

#include "base/text.h"

namespace signalbox::cli {

Result<UtcTime> parse_since(const std::string& text, UtcTime now) {
  if (const auto time = parse_time(text)) return *time;
  if (text.size() >= 2 && text.size() <= 8) {
    const auto count = parse_number(text.substr(0, text.size() - 1));
    const char unit = text.back();
    const int seconds = unit == 's' ? 1 : unit == 'm' ? 60 : unit == 'h' ? 3600 : 86400;
    const bool known = unit == 's' || unit == 'm' || unit == 'h' || unit == 'd';
    constexpr double longest = 1e10;  // seconds: before 1970 from now
    if (count && *count >= 0 && known && *count * seconds <= longest) {
      return now - std::chrono::milliseconds{static_cast<std::int64_t>(*count * seconds * 1000)};
    }
  }
  return fail(ErrorKind::InvalidInput, "--since '" + printable(text, 40) + "' is not a time",
              "for example 2025-08-17, 2025-08-17T06:00:00Z, 30m, 12h or 7d");
}

}  // namespace signalbox::cli
