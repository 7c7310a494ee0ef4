// The identity and the order of an event: a hybrid logical clock (Kulkarni et al., "Logical
// Physical Clocks", 2014), the host, and random bits.
//
//   20250817T060000123-0000-5f2c91ab-0123456789ab
//   UTC to the ms      |    |        48 random bits (or a digest of the content, for adopted files)
//                      |    32 bits of a digest of the host's name
//                      counter within the millisecond
//
// Text order is clock order. The first eleven characters name the history directory of the event
// (YYYY/MM/DD/HH), so the id alone says where to look for it.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace signalbox {

class EventId {
 public:
  struct Parts {
    UtcTime time;  // before last_time
    std::uint16_t counter = 0;
    std::uint32_t host = 0;
    std::uint64_t random = 0;  // the low 48 bits count
  };

  static constexpr std::size_t length = 45;

  EventId() = default;  // below every real id
  explicit EventId(const Parts& parts);

  // Exactly the form above, with a valid date before last_time; nothing for any other text.
  [[nodiscard]] static std::optional<EventId> parse(std::string_view text);

  // The id of a new event: its clock is the wall clock, or just above `newest` where that is later
  // (so an order once seen survives a clock that was set back).
  [[nodiscard]] static EventId next(UtcTime wall, const EventId& newest, std::uint32_t host,
                                    std::uint64_t random);

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  [[nodiscard]] Parts parts() const;       // of a real id only
  [[nodiscard]] std::string hour() const;  // "2025/08/17/06"
  [[nodiscard]] std::string_view random_text() const;

  friend auto operator<=>(const EventId&, const EventId&) = default;

 private:
  std::string text_;
};

// 32 bits of a digest of a host's name.
[[nodiscard]] std::uint32_t host_digest(std::string_view host);

}  // namespace signalbox
