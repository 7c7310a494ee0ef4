// A process of this host by more than its number, as JSON for a file that others read:
//   {"pid": 4711, "start_time": 123456, "boot_id": "...", "namespaces": "pid:[...] time:[...]"}
#pragma once

#include "base/json.h"
#include "os/host.h"

namespace signalbox::os {

// Null when the process is not there, or cannot be told from another that gets its number later.
[[nodiscard]] Json identity_of_process(int pid);

// Of the process that identity_of_process() described on a host of this name. Unknown when it was
// another boot or namespace, or the value is none of ours.
[[nodiscard]] ProcessLife life_of_process(const Json& identity);

}  // namespace signalbox::os
