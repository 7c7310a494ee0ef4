// The collected logs (docs/formats/details.md) as the pages show them.
#pragma once

#include <functional>
#include <string>

#include "details/tail.h"
#include "index/summary_table.h"
#include "repository/repository.h"

namespace signalbox::site {

// Brings the rows of the logs up to a tip; reads the files that changed. `begin` gives the number
// of the change, once there is one.
[[nodiscard]] Status derive_logs(const Repository& repository, const std::string& tip,
                                 const SummaryTable& summaries,
                                 const std::function<Result<std::int64_t>()>& begin);

// "data/log/<digest>.js"
[[nodiscard]] std::string log_shard_path(const std::string& path);
// Its value.
[[nodiscard]] Json log_shard(const LogTail& tail);

}  // namespace signalbox::site
