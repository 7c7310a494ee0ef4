// Small helpers over text that comes from outside.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signalbox {

// `text` with every invalid UTF-8 sequence replaced by U+FFFD and every NUL removed.
[[nodiscard]] std::string valid_utf8(std::string_view text);

// At most `limit` bytes of valid UTF-8; what is cut is replaced by a marker that says so.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t limit);

// `text` for a terminal or a one-line message: what could move the cursor, start a new line, turn
// the direction of what is around it or hide is shown as an escape ("\n", "\x1b", "\u202e"). At
// most `limit` bytes of `text` are shown. What is printable already stays as it is.
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 200);

[[nodiscard]] std::string_view trimmed(std::string_view text);
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);

// The whole of `text` as a decimal number; nothing else (no spaces, no "nan", no "inf").
[[nodiscard]] std::optional<double> parse_number(std::string_view text);

// `value` as `digits` lower-case hexadecimal digits, the low ones.
[[nodiscard]] std::string hex(unsigned long long value, int digits);

}  // namespace signalbox
