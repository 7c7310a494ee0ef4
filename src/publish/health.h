// What a clone says of itself to everybody: data/health/<clone>.json (docs/formats/health.md), so
// that a clone that stalled is seen elsewhere. Written by its publishers along with a commit that
// is made anyway, and by `sync` on its own when nothing was said for the interval of the settings.
//
// No path, user or message of an error is in it: the repository may be public.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "os/file_system.h"
#include "repository/repository.h"

namespace signalbox {

inline constexpr std::string_view health_directory = "data/health";
// A clone that is not heard of for so long is forgotten: any publisher removes its record.
inline constexpr std::chrono::days health_kept{30};
// So many clones are listed at most; one more is not, until another one is forgotten.
inline constexpr std::size_t most_health_records = 500;
inline constexpr std::size_t health_limit = 16UL << 10U;  // bytes of a record

struct Health {
  std::string clone;  // clone_id()
  std::string host;   // that wrote it; several hosts may share a clone
  std::string version;
  UtcTime time;
  std::optional<UtcTime> last_publish;  // the one before this
  std::size_t published = 0;            // events in the commit that brings the record
  std::size_t waiting = 0;              // events that are not in it and wait on
  std::optional<UtcTime> oldest_waiting;
  std::size_t refused = 0, damaged = 0;  // set aside, for a person to look at
  std::string last_error;                // word_of() its kind; empty: the publish before went well
  std::chrono::seconds sync_period{};    // of its schedule; 0: none was seen
  std::chrono::seconds interval{};       // it is heard of at least so often while it syncs

  friend bool operator==(const Health&, const Health&) = default;
};

[[nodiscard]] Json json_of(const Health& health);
[[nodiscard]] std::string format_health(const Health& health);
// Corrupt when the bytes are no record of the clone that the file's name says.
[[nodiscard]] Result<Health> parse_health(std::string_view clone, std::string_view bytes);

// 16 hexadecimal digits, chosen by the first call and kept in <own_directory>/clone-id. A copy of
// the directory (cp -r) is the same clone.
[[nodiscard]] Result<std::string> clone_id(os::FileSystem& fs, const std::string& own_directory);

[[nodiscard]] std::string health_path(std::string_view clone);

// The records of a tip by clone; files that are none are left out.
[[nodiscard]] Result<std::map<std::string, Health>> read_health(const Repository& repository,
                                                                const std::string& tip);

// Whether a record differs from the last one in more than what every publish changes.
[[nodiscard]] bool says_more(const Health& health, const Health& before);

}  // namespace signalbox
