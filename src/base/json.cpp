#include "base/json.h"

#include <cmath>
#include <cstdint>

namespace signalbox {
namespace {

constexpr double max_exact_integer = 9007199254740992.0;  // 2^53

// nlohmann's parser is recursive only while it builds values through a callback; counting the
// brackets first keeps both its stack and its destructor's within bounds.
bool is_within(const JsonBounds& bounds, std::string_view text) {
  int depth = 0;
  int fields = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > bounds.depth) return false;
    } else if (c == ':') {
      if (++fields > bounds.fields) return false;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return true;
}

}  // namespace

Result<Json> parse_json(std::string_view text, const JsonBounds& bounds) {
  if (!is_within(bounds, text)) {
    return fail(ErrorKind::Corrupt, "the JSON nests too deeply or has too many fields");
  }
  Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) return fail(ErrorKind::Corrupt, "not valid JSON");
  return value;
}

std::string text_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string to_line(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_pretty(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace);
}

Json number(double value) {
  if (std::trunc(value) == value && std::abs(value) < max_exact_integer) {
    return static_cast<std::int64_t>(value);
  }
  return value;
}

}  // namespace signalbox
