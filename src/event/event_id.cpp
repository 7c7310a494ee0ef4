#include "event/event_id.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "base/checksum.h"
#include "base/text.h"

namespace signalbox {
namespace {

using namespace std::chrono;

constexpr std::size_t time_length = 18;  // 20250817T060000123
constexpr std::size_t counter_at = 19;
constexpr std::size_t host_at = 24;
constexpr std::size_t random_at = 33;
constexpr std::uint64_t random_mask = (std::uint64_t{1} << 48U) - 1;
constexpr int counter_limit = 0xFFFF;

std::string compact(UtcTime time) {
  std::string text;
  for (const char c : format_milliseconds(std::clamp(time, UtcTime{}, last_time))) {
    if (c != '-' && c != ':' && c != '.' && c != 'Z') text += c;
  }
  return text;
}

std::optional<UtcTime> expand(std::string_view text) {
  std::string iso;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == 4 || i == 6) iso += '-';
    if (i == 11 || i == 13) iso += ':';
    if (i == 15) iso += '.';
    iso += text[i];
  }
  return parse_time(iso);
}

bool is_hex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::uint64_t from_hex(std::string_view text) {
  std::uint64_t value = 0;
  // The digits were checked when the id was made.
  (void)std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return value;
}

}  // namespace

EventId::EventId(const Parts& parts)
    : text_(compact(parts.time) + '-' + hex(parts.counter, 4) + '-' + hex(parts.host, 8) + '-' +
            hex(parts.random & random_mask, 12)) {}

std::optional<EventId> EventId::parse(std::string_view text) {
  if (text.size() != length || text[8] != 'T' || text[time_length] != '-' ||
      text[host_at - 1] != '-' || text[random_at - 1] != '-') {
    return std::nullopt;
  }
  if (!is_hex(text.substr(counter_at, 4)) || !is_hex(text.substr(host_at, 8)) ||
      !is_hex(text.substr(random_at))) {
    return std::nullopt;
  }
  const auto time = expand(text.substr(0, time_length));
  // A leap second or any other second spelling of one instant would break "text order is clock
  // order": only the canonical text is an id.
  if (!time || compact(*time) != text.substr(0, time_length)) return std::nullopt;
  EventId id;
  id.text_ = text;
  return id;
}

EventId EventId::next(UtcTime wall, const EventId& newest, std::uint32_t host,
                      std::uint64_t random) {
  Parts parts{.time = std::clamp(wall, UtcTime{}, last_time - milliseconds{1}),
              .counter = 0,
              .host = host,
              .random = random};
  if (!newest.empty()) {
    const Parts before = newest.parts();
    if (parts.time <= before.time) {
      parts.time = before.time;
      if (before.counter == counter_limit && parts.time < last_time - milliseconds{1}) {
        parts.time += milliseconds{1};
      } else if (before.counter == counter_limit) {
        parts.counter = before.counter;  // the end of time: an id that can be read all the same
      } else {
        parts.counter = static_cast<std::uint16_t>(before.counter + 1);
      }
    }
  }
  return EventId(parts);
}

EventId::Parts EventId::parts() const {
  const std::string_view text = text_;
  return {.time = expand(text.substr(0, time_length)).value_or(UtcTime{}),
          .counter = static_cast<std::uint16_t>(from_hex(text.substr(counter_at, 4))),
          .host = static_cast<std::uint32_t>(from_hex(text.substr(host_at, 8))),
          .random = from_hex(text.substr(random_at))};
}

std::string EventId::hour() const {
  const std::string_view text = text_;
  std::string path(text.substr(0, 4));
  for (const auto& [at, width] : {std::pair{4, 2}, {6, 2}, {9, 2}}) {
    path += '/';
    path += text.substr(static_cast<std::size_t>(at), static_cast<std::size_t>(width));
  }
  return path;
}

std::string_view EventId::random_text() const {
  return text_.empty() ? std::string_view() : std::string_view(text_).substr(random_at);
}

std::uint32_t host_digest(std::string_view host) {
  return crc32_of(host);
}

}  // namespace signalbox
