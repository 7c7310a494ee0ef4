// The collected logs as a person here sees them: those of the tip, with the outbox over them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "details/tail.h"
#include "publish/session.h"

namespace signalbox {

struct DetailRow {
  std::string path;
  LogTail tail;
  bool waiting = false;  // not known to be at the remote
};

// Sorted by path; files that are no collected logs are left out.
[[nodiscard]] Result<std::vector<DetailRow>> read_details(os::FileSystem& fs, const Clone& clone,
                                                          Session& session);

// The bytes of every file of one project and host, by path.
[[nodiscard]] Result<std::map<std::string, std::string>> read_detail_files(
    os::FileSystem& fs, const Clone& clone, Session& session, const std::string& below);

}  // namespace signalbox
