// What publishers of one clone remember between two runs, in <own directory>/state.json: when they
// pushed (the budget), how it went (for `status`), and what need not be looked at again. Losing the
// file costs a look, nothing else. Written under the publisher lock.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "os/file_system.h"

namespace signalbox {

inline constexpr std::size_t largest_batch = 5000;

struct PublishState {
  std::vector<UtcTime> pushes;          // of the last minute
  std::optional<UtcTime> last_publish;  // the remote took a commit, or was seen to hold all
  std::string last_error;               // of the last publish; empty when it went well
  std::optional<UtcTime> last_error_time;
  std::string last_error_kind;        // word_of() its kind
  std::optional<UtcTime> not_before;  // see hold_until()
  int failures = 0;                   // in a row
  std::string checkout_obstacle;      // why the checkout was not brought to the tip
  std::string clean_status_tree;      // data/status of a tip that was in order
  std::string settled_tip;  // the last tip of the remote that nothing had gone missing from
  std::size_t batch_limit = largest_batch;  // events a commit; less after the remote refused more
  std::string thinned_through;              // see Repository::CompactionRequest
  std::optional<UtcTime> compacted;         // a look at the history that left nothing to do
  std::optional<UtcTime> collected;         // the last `git gc --auto`
  std::string collection_error;             // of that one; empty when it went well

  std::optional<UtcTime> last_sync;       // the remote was fetched from, and nothing failed
  std::chrono::seconds sync_period{};     // between the last two syncs of a schedule; 0: unknown
  std::optional<UtcTime> last_health;     // the branch got this clone's record
  std::optional<UtcTime> health_refused;  // the remote takes commits, but none with a record

  friend bool operator==(const PublishState&, const PublishState&) = default;
};

[[nodiscard]] PublishState read_state(os::FileSystem& fs, const std::string& own_directory);
[[nodiscard]] Status write_state(os::FileSystem& fs, const std::string& own_directory,
                                 const PublishState& state);

// When the next push may start under a budget of `per_minute`: urgent ones (ends of runs) as soon
// as the last minute holds fewer than that, others evenly spaced. A wall clock that was set back
// never delays a push by more than a minute.
[[nodiscard]] UtcTime next_push(const PublishState& state, int per_minute, bool urgent,
                                UtcTime now);
// How long a detached publisher leaves the remote alone after a failure, the `failures`th in a
// row: seconds where a connection may come back, minutes where a person has to act.
[[nodiscard]] std::chrono::seconds retry_delay(ErrorKind kind, int failures);
// Until when a detached publisher leaves the remote alone. A time further away than retry_delay()
// can say was written by a clock that was ahead, and does not count.
[[nodiscard]] UtcTime hold_until(const PublishState& state, UtcTime now);
// Notes a sync that went well. One of a `scheduled` kind (nobody watches it) tells how long the
// schedule's period is, up to a day.
inline constexpr std::chrono::seconds longest_sync_period{86'400};
void note_sync(PublishState& state, UtcTime now, bool scheduled);

void note_push(PublishState& state, UtcTime now);

}  // namespace signalbox
