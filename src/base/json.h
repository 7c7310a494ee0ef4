// JSON values that keep the order of their fields, read from hostile bytes and written
// deterministically. A thin face over nlohmann/json, which never throws past this header.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/error.h"

namespace signalbox {

using Json = nlohmann::ordered_json;

// Documents nested deeper are refused: a parser must not run out of stack on a stranger's file.
inline constexpr int max_json_depth = 64;
// Documents of more fields too: looking one up costs as many steps as an object has.
inline constexpr int max_json_fields = 5000;

struct JsonBounds {
  int depth = max_json_depth;
  int fields = max_json_fields;
};

// Parses one document. A byte order mark is accepted; duplicated keys keep the last value.
[[nodiscard]] Result<Json> parse_json(std::string_view text, const JsonBounds& bounds = {});

// The text at a key; empty when there is none, or something else.
[[nodiscard]] std::string text_at(const Json& object, const char* key);

// One line, invalid UTF-8 replaced by U+FFFD. The same value gives the same bytes.
[[nodiscard]] std::string to_line(const Json& value);

// Two spaces of indentation, as the predecessor's files have; no newline at the end.
[[nodiscard]] std::string to_pretty(const Json& value);

// A whole number is written without a fraction ("50", not "50.0"), as the predecessor wrote it.
// `value` must be finite.
[[nodiscard]] Json number(double value);

}  // namespace signalbox
