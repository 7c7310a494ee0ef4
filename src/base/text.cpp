#include "base/text.h"

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
  std::string out = valid_utf8(text.substr(0, limit));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  // U+0080 to U+009F are control characters too, in two bytes.
  for (std::size_t at = 0; at + 1 < out.size(); ++at) {
    if (out[at] == '\xC2' && static_cast<unsigned char>(out[at + 1]) < 0xA0) {
      out.replace(at, 2, "?");
    }
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
