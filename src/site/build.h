// The site, made again where what it shows has changed.
//
//   derive -> the rows in the index follow the tip -> make what rows say has changed -> the files
//
// Same events, same bytes, whatever was built before. The cost of a build after one event does not
// depend on how many events or jobs there are, but for the jobs and alerts of the first page.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "site/directory.h"
#include "site/pages.h"

namespace signalbox::site {

// What files were made from, so that a later build makes only what differs since.
struct MadeFrom {
  State state;
  std::string tip;
  std::string naming;  // digest: what is said in every file of the first page
  std::int64_t buckets = 0;
  std::vector<std::string> again;        // jobs that were shown with events that waited
  std::vector<std::int64_t> again_days;  // days since 1970, likewise
};

[[nodiscard]] Json json_of(const MadeFrom& made);
[[nodiscard]] MadeFrom parse_made_from(const Json& json);  // of hostile bytes: of nothing

// Whether files that were made so show this tip under these names.
[[nodiscard]] bool is_current(const MadeFrom& made, const std::string& tip, const Naming& naming);

// What takes the files; each names its path in the site.
struct Sink {
  std::function<Status(File file)> put;
  std::function<Status(const std::string& path)> remove;
};

// Gives the sink what has changed since `before`, and removes those of `paths` that a site of today
// has no more. `state`: of the rows, as derive() left them.
[[nodiscard]] Result<MadeFrom> make_pages(const Source& source, const Naming& naming,
                                          const State& state, const MadeFrom& before,
                                          const std::vector<std::string>& paths, const Sink& sink,
                                          const Progress& progress);

// What a person is told while it lasts.
struct Reports {
  Progress deriving, making;
};

// Brings a directory up to the source.
[[nodiscard]] Status build(const Source& source, const Naming& naming, Directory& directory,
                           const Reports& reports);

}  // namespace signalbox::site
