// What logs/dashboard_sync.log held when it was rendered last, and how far the logs were read for
// it: rendered.json beside the log. So the next rendering adds the new entries to what is there
// and does not read the past again. Derived, never fsynced: a missing, damaged or outdated one only
// means that everything is rendered anew.
//
//   if (const auto shown = read_shown(fs, directory); shown && shown->is(text)) ...
//   write_shown(fs, directory, shown_of(text, newest, reader.positions()));
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "log/reader.h"
#include "os/file_system.h"

namespace signalbox {

struct Shown {
  std::uint64_t bytes = 0;
  std::uint32_t checksum = 0;
  UtcTime newest;  // of the entries that were read
  LogReader::Positions read;

  [[nodiscard]] bool is(std::string_view text) const;
};

[[nodiscard]] Shown shown_of(std::string_view text, UtcTime newest, LogReader::Positions read);

// Nothing when there is none that can be understood. `directory` is the log's.
[[nodiscard]] std::optional<Shown> read_shown(os::FileSystem& fs, const std::string& directory);

// Replaced by rename. One that cannot be written stays outdated, which is harmless.
void write_shown(os::FileSystem& fs, const std::string& directory, const Shown& shown);

}  // namespace signalbox
