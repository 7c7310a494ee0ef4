// What a clone's own record says of it. Pure.
#pragma once

#include <optional>
#include <string>

#include "doctor/check.h"
#include "publish/health.h"

namespace signalbox {

struct Complaint {
  Verdict verdict = Verdict::Ok;
  std::string what;  // "node1 (1234abcd) was not heard of for 2d"
};

// Nothing when all is well. Only a clone that syncs by a schedule is expected to be heard of.
[[nodiscard]] std::optional<Complaint> complaint_about(const Health& health, UtcTime now);

}  // namespace signalbox
