// A Transport for a clone without a remote: the shared branch is the local one. A push is a
// compare-and-swap of the ref; where the branch is checked out, index and files follow in the same
// step (repository/checkout.h), because a ref that moves under a checkout would show a person
// changes that nobody made. What stands in the way of that is Busy: the events wait.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "repository/checkout.h"
#include "repository/repository.h"
#include "transport/transport.h"

namespace signalbox {

// `git_directory`: the clone's common one. `checkout`: the worktree that has the branch checked
// out, if one has. All must outlive the transport.
[[nodiscard]] std::unique_ptr<Transport> make_local_branch(os::FileSystem& fs, os::Clock& clock,
                                                           const Repository& repository,
                                                           const std::string& git_directory,
                                                           const std::optional<Clone>& checkout,
                                                           const std::string& branch,
                                                           const MayReplace& may_replace);

}  // namespace signalbox
