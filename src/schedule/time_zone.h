// A time zone, read from the bytes of a file of the system's database (/usr/share/zoneinfo, TZif as
// in RFC 8536). Pure: who has the file system reads the file.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace signalbox {

inline constexpr std::string_view zone_directory = "/usr/share/zoneinfo";
inline constexpr std::size_t zone_limit = 256UL << 10U;  // bytes of a zone's file

// A name as "Europe/Berlin": relative, without "..", so that it can be joined to a directory.
[[nodiscard]] bool is_zone_name(std::string_view name);

class TimeZone {
 public:
  TimeZone() = default;  // UTC

  // Corrupt for bytes that are no TZif file of version 2 or later.
  [[nodiscard]] static Result<TimeZone> parse(std::string_view tzif);

  [[nodiscard]] std::chrono::seconds offset_at(std::chrono::sys_seconds time) const;

  // The instants at which clocks of the zone show `time`: one; two, the earlier first, where they
  // are set back; none where they are set forward. Then `jump` is when they are.
  struct Instants {
    std::vector<std::chrono::sys_seconds> all;
    std::chrono::sys_seconds jump;
  };
  [[nodiscard]] Instants instants_of(std::chrono::local_seconds time) const;

  // Whether the offset stays the same from `from` to `to`.
  [[nodiscard]] bool is_steady(std::chrono::sys_seconds from, std::chrono::sys_seconds to) const;

 private:
  struct Change {
    std::chrono::sys_seconds at;
    std::chrono::seconds offset;  // from then on
  };
  struct Reader;

  std::chrono::seconds first_offset_{0};  // before the first change
  std::vector<Change> changes_;           // in order of time
};

}  // namespace signalbox
