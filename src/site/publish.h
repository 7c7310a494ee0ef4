// The site on a branch of its own ([site] branch of signalbox.toml), kept there by whoever
// publishes reports, at the same remote and with the same guarantees: a commit on the remote's tip
// of that branch, written without an index or a worktree, pushed without force, made anew on the
// new tip when somebody else was first. Files of other people on the branch stay.
//
//   .signalbox-site   on the branch: which tip of the reports' branch its files were made from. It
//                     says that the files are ours, and to other clones what they need not make.
//   site.json         in the clone's own directory: the commit of the site that was seen or made
//                     last, and what of the index it was made from. Losing it costs a look.
#pragma once

#include <cstdint>
#include <string>

#include "os/clock.h"
#include "os/file_system.h"
#include "publish/publisher.h"
#include "site/derivation.h"
#include "site/naming.h"

namespace signalbox::site {

// By the settings, and where they say nothing by the remote's address.
[[nodiscard]] Result<Naming> naming_of(const Session& session, const Clone& clone,
                                       const Repository& repository);

struct Published {
  std::string branch;
  std::string commit;  // the branch's tip
  std::string tip;     // of the reports, that it shows
  std::size_t written = 0, removed = 0;
  std::uint64_t bytes = 0;
};

// Brings the site's branch up to the remote's newest reports, with every file looked at.
// InvalidInput when the settings name no branch, or files of other people stand in the site's
// place; else the errors of a push (transport/transport.h).
[[nodiscard]] Result<Published> publish_site(os::FileSystem& fs, os::Clock& clock,
                                             const Clone& clone, const Progress& progress);

// For every publisher: what makes the site follow the reports, where the settings name its branch.
// After a failure it leaves the remote alone for a while, as detached publishers do.
[[nodiscard]] AfterReports site_follows(os::FileSystem& fs, os::Clock& clock, const Clone& clone);

}  // namespace signalbox::site
