// The rules over the clones, by what each says of itself (docs/formats/health.md). Pure.
//
//   sync-failing   high   a clone's last publish failed, or nothing is heard of it for twice as
//   long
//                         as it promised
//   unpublished    high   its oldest event has waited for an hour
#pragma once

#include <span>
#include <string>
#include <vector>

#include "alerts/alert.h"

namespace signalbox {

// What a clone's record says, as far as the rules need it.
struct CloneRecord {
  std::string clone, host;
  UtcTime time;
  std::chrono::seconds interval{};  // 0: it promises nothing
  std::size_t waiting = 0;
  std::optional<UtcTime> oldest_waiting;
  std::string last_error;  // a word; empty: none
};

// Earliest first.
[[nodiscard]] std::vector<Alert> sync_alerts(std::span<const CloneRecord> clones);

// While nothing arrives, jobs seem late, overdue, silent and long-running: such an alert names in
// `muted_by` the sync alert of its host that fires before it does. A host that no clone is on, as
// a compute node, is muted once every clone is silent.
void mute(std::vector<Alert>& alerts, std::span<const CloneRecord> clones,
          std::span<const Alert> of_clones);

}  // namespace signalbox
