// Strings of strangers in HTML and in scripts: every one goes through here. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/json.h"

namespace signalbox::site {

// For HTML and XML, between tags and in attributes in double quotes. What XML 1.0 has no way to
// write is left out.
[[nodiscard]] std::string html(std::string_view text);

// JSON text in ASCII that ends no script and starts no comment: what is beyond ASCII, and <, > and
// &, as \uXXXX.
[[nodiscard]] std::string script_safe(std::string_view json);

// "a,b,c" of JSON texts, for an array.
[[nodiscard]] std::string joined(std::span<const std::string> items);

// The bytes of a shard; `json` is one line of JSON.
[[nodiscard]] std::string shard(std::string_view path, std::string_view json);

}  // namespace signalbox::site
