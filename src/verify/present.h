// What the tip of the published branch holds: its events against the journal, its views against its
// events.
#pragma once

#include <functional>
#include <string>

#include "base/error.h"
#include "repository/object_reader.h"
#include "verify/findings.h"
#include "verify/journal.h"
#include "verify/past.h"

namespace signalbox {

struct Present {
  std::size_t events = 0;            // lines of segments, thinned ones included
  std::size_t thinned = 0;           // of them those that left nothing but their id
  std::size_t unreadable_lines = 0;  // of segments
  std::size_t unreadable_files = 0;
  std::size_t jobs = 0;           // with a view
  std::size_t foreign_files = 0;  // in data/status/, not Signalbox's rendering: not adopted yet, or
                                  // nothing that could be
};

struct PresentRequest {
  std::string tip;                                                    // "": the branch is not there
  std::string since;                                                  // as for check_past()
  std::function<void(std::size_t done, std::size_t total)> progress;  // days of history
};

// Decides Published, Once and Newest, and settles the doubts. One pass over the segments, the
// newest day first, a day's lines in memory at a time; besides, a line a job and a bit an
// acknowledgement.
[[nodiscard]] Result<Present> check_present(const ObjectReader& objects,
                                            const PresentRequest& request, const Journal& journal,
                                            const Past& past, Findings& findings, Doubts& doubts);

}  // namespace signalbox
