#include "site/text.h"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "base/text.h"

namespace signalbox::site {
namespace {

// Of valid UTF-8.
std::uint32_t take_letter(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const auto length = static_cast<std::size_t>(std::max(std::countl_one(lead), 1));
  std::uint32_t letter = length == 1 ? lead : lead & (0x7FU >> length);
  for (const char c : text.substr(1, length - 1)) {
    letter = letter << 6U | (static_cast<unsigned char>(c) & 0x3FU);
  }
  text.remove_prefix(length);
  return letter;
}

bool is_of_xml(std::uint32_t letter) {
  return letter >= 0x20 || letter == '\t' || letter == '\n' || letter == '\r';
}

}  // namespace

std::string html(std::string_view text) {
  const std::string valid = valid_utf8(text);
  std::string escaped;
  for (std::string_view rest = valid; !rest.empty();) {
    const std::string_view before = rest;
    const std::uint32_t letter = take_letter(rest);
    switch (letter) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        if (is_of_xml(letter) && letter != 0xFFFE && letter != 0xFFFF) {
          escaped += before.substr(0, before.size() - rest.size());
        }
    }
  }
  return escaped;
}

std::string script_safe(std::string_view json) {
  std::string safe;
  safe.reserve(json.size() + json.size() / 8);
  while (!json.empty()) {
    const auto lead = static_cast<unsigned char>(json.front());
    if (lead < 0x80 && lead != '<' && lead != '>' && lead != '&') {
      safe += json.front();
      json.remove_prefix(1);
      continue;
    }
    std::uint32_t letter = take_letter(json);
    constexpr std::uint32_t beyond_16_bits = 0x10000;
    if (letter >= beyond_16_bits) {
      letter -= beyond_16_bits;
      safe += "\\u" + hex(0xD800U + (letter >> 10U), 4);
      letter = 0xDC00U + (letter & 0x3FFU);
    }
    safe += "\\u" + hex(letter, 4);
  }
  return safe;
}

std::string joined(std::span<const std::string> items) {
  std::string all;
  for (const std::string& item : items) {
    if (!all.empty()) all += ',';
    all += item;
  }
  return all;
}

std::string shard(std::string_view path, std::string_view json) {
  return "signalboxShard(" + script_safe(to_line(Json(path))) + ", " + script_safe(json) + ");\n";
}

}  // namespace signalbox::site
