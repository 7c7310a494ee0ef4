// An event's id in 24 bytes: a check holds millions of them at once.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

#include "event/event_id.h"

namespace signalbox {

// In the order of the texts (event/event_id.h).
struct PackedId {
  std::uint64_t clock = 0;  // milliseconds since 1970 and the counter, its low 16 bits
  std::uint32_t host = 0;
  std::uint64_t random = 0;

  [[nodiscard]] static std::optional<PackedId> parse(std::string_view text) {
    const auto id = EventId::parse(text);
    if (!id) return std::nullopt;
    const EventId::Parts parts = id->parts();
    return PackedId{.clock = static_cast<std::uint64_t>(parts.time.time_since_epoch().count())
                                 << 16U |
                             parts.counter,
                    .host = parts.host,
                    .random = parts.random};
  }
  [[nodiscard]] EventId unpacked() const {
    return EventId({.time = UtcTime{std::chrono::milliseconds{clock >> 16U}},
                    .counter = static_cast<std::uint16_t>(clock & 0xFFFFU),
                    .host = host,
                    .random = random});
  }
  friend auto operator<=>(const PackedId&, const PackedId&) = default;
};

}  // namespace signalbox
