// The built-in patterns. Internal to this room.
#pragma once

#include <array>
#include <span>
#include <string_view>

namespace signalbox::secrets {

// Every match of `expression` contains one of `hints` (lower case, of three bytes or more),
// whatever its case, and one of the characters of `signs` when there are any. Bytes, not letters:
// no invalid UTF-8 hides a secret.
struct Pattern {
  std::array<std::string_view, 12> hints;
  const char* expression;
  std::string_view signs;
};

[[nodiscard]] std::span<const Pattern> built_in_patterns();

// Quick: false when no hint is in the text, with few exceptions the other way round.
[[nodiscard]] bool may_hold_a_hint(std::string_view text);

[[nodiscard]] constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace signalbox::secrets
