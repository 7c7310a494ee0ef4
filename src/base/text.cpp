#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace signalbox {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

bool continues(std::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
}

// Length of the valid UTF-8 sequence at `at`, 0 when there is none (RFC 3629, table 3-7 of
// Unicode).
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead < 0x80) return 1;
  if (!continues(text, at + 1)) return 0;
  const auto second = static_cast<unsigned char>(text[at + 1]);
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (lead == 0xE0 && second < 0xA0) return 0;
    if (lead == 0xED && second > 0x9F) return 0;
    return continues(text, at + 2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (lead == 0xF0 && second < 0x90) return 0;
    if (lead == 0xF4 && second > 0x8F) return 0;
    return continues(text, at + 2) && continues(text, at + 3) ? 4 : 0;
  }
  return 0;
}

// Of one valid sequence.
char32_t decoded(std::string_view sequence) {
  constexpr std::array<unsigned char, 5> bits_of_lead{0, 0x7F, 0x1F, 0x0F, 0x07};
  char32_t code_point =
      static_cast<unsigned char>(sequence.front()) & bits_of_lead.at(sequence.size());
  for (const char c : sequence.substr(1)) {
    code_point = (code_point << 6U) | (static_cast<unsigned char>(c) & 0x3FU);
  }
  return code_point;
}

struct Range {
  char32_t first;
  char32_t last;
};

// What moves the cursor, begins a line, turns the direction of the text around it, or is not seen
// at all. Joiners stay: scripts and emoji need them.
constexpr std::array deceptive = {
    Range{0x0000, 0x001F},    // C0
    Range{0x007F, 0x009F},    // delete, C1
    Range{0x00AD, 0x00AD},    // soft hyphen
    Range{0x061C, 0x061C},    // Arabic letter mark
    Range{0x200B, 0x200B},    // zero width space
    Range{0x200E, 0x200F},    // marks of direction
    Range{0x2028, 0x202E},    // separators of lines and paragraphs, embeddings and overrides
    Range{0x2060, 0x206F},    // word joiner, isolates
    Range{0xFEFF, 0xFEFF},    // byte order mark
    Range{0xFFF9, 0xFFFB},    // annotations
    Range{0xE0000, 0xE007F},  // tags
};

bool is_deceptive(char32_t code_point) {
  return std::ranges::any_of(deceptive, [&](const Range& range) {
    return code_point >= range.first && code_point <= range.last;
  });
}

// As JSON and C write it: "\n", "\x1b", "\u202e".
std::string escaped(char32_t code_point) {
  if (code_point == U'\n') return "\\n";
  if (code_point == U'\r') return "\\r";
  if (code_point == U'\t') return "\\t";
  if (code_point <= 0x9F) return "\\x" + hex(code_point, 2);
  return code_point <= 0xFFFF ? "\\u" + hex(code_point, 4) : "\\U" + hex(code_point, 8);
}

}  // namespace

std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = sequence_length(text, at);
    if (length == 0) {
      out += replacement;
      ++at;
    } else {
      if (text[at] != '\0') out += text.substr(at, length);
      at += length;
    }
  }
  return out;
}

std::string shortened(std::string_view text, std::size_t limit) {
  // Only the part that can be kept is looked at: a caller may hand over any number of megabytes.
  if (text.size() <= limit) {
    std::string whole = valid_utf8(text);
    if (whole.size() <= limit) return whole;
  }
  const std::string marker = " [cut: " + std::to_string(text.size()) + " bytes]";
  std::string kept = valid_utf8(text.substr(0, limit));
  std::size_t end = limit > marker.size() ? limit - marker.size() : 0;
  if (end > kept.size()) end = kept.size();
  while (end > 0 && end < kept.size() && continues(kept, end)) --end;
  kept.resize(end);
  return kept + marker;
}

std::string printable(std::string_view text, std::size_t limit) {
  const std::string shown = valid_utf8(text.substr(0, limit));
  std::string out;
  out.reserve(shown.size());
  for (std::size_t at = 0; at < shown.size();) {
    const std::size_t length = sequence_length(shown, at);
    const char32_t code_point = decoded(std::string_view(shown).substr(at, length));
    out += is_deceptive(code_point) ? escaped(code_point) : shown.substr(at, length);
    at += length;
  }
  if (text.size() > limit) out += "...";
  return out;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const auto first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::optional<double> parse_number(std::string_view text) {
  if (text.empty()) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

std::string hex(unsigned long long value, int digits) {
  constexpr std::string_view digit = "0123456789abcdef";
  std::string out(static_cast<std::size_t>(digits), '0');
  for (int i = digits - 1; i >= 0; --i, value >>= 4) {
    out[static_cast<std::size_t>(i)] = digit[value & 0xF];
  }
  return out;
}

}  // namespace signalbox
