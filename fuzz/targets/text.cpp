// The ground that the other parsers stand on: UTF-8, what is printable, JSON, times, numbers.
#include "base/text.h"

#include <cmath>

#include "base/json.h"
#include "base/time.h"
#include "target.h"

namespace signalbox::fuzz {
namespace {

void encodings(std::string_view bytes) {
  const std::string valid = valid_utf8(bytes);
  require(valid_utf8(valid) == valid);
  const std::string shown = printable(bytes, bytes.size());
  require(printable(shown, shown.size()) == shown && valid_utf8(shown) == shown);
  for (const char c : shown) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
  for (const std::size_t limit : {std::size_t{40}, std::size_t{200}}) {
    const std::string cut = shortened(bytes, limit);
    require(cut.size() <= limit && valid_utf8(cut) == cut);
  }
}

void values(std::string_view bytes) {
  if (const auto document = parse_json(bytes)) {
    const std::string line = to_line(*document);
    const auto again = parse_json(line);
    require(again && to_line(*again) == line && line.find('\n') == std::string::npos);
    const auto pretty = parse_json(to_pretty(*document));
    require(pretty && to_line(*pretty) == line);
  }
  if (const auto time = parse_time(bytes)) {
    require(*time <= last_time && parse_time(format_milliseconds(*time)) == *time);
    require(parse_time(format_seconds(*time)) == std::chrono::floor<std::chrono::seconds>(*time));
  }
  if (const auto number = parse_number(bytes)) require(std::isfinite(*number));
}

void text(std::string_view bytes) {
  encodings(bytes);
  values(bytes);
}

const Target target("text", text);

}  // namespace
}  // namespace signalbox::fuzz
