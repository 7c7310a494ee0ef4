// The published branch of a remote, with its objects at hand.
//
// A remote that is a directory here is read where it is. Any other is fetched through the transport
// (the user's own ssh, proxies and credential helpers): a URL into a repository made for it under
// $TMPDIR, which is gone afterwards, also after an interrupt; a clone's remote into the clone,
// noted by a ref of its own (refs/signalbox/verify/...), so that publishers do not take it for what
// they have seen.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "clone/clone.h"
#include "clone/target.h"
#include "os/file_system.h"

namespace signalbox {

struct RemoteBranch {
  Clone repository;                 // that holds the objects
  std::string ref;                  // of the branch there
  std::string branch;               // as the remote calls it
  std::optional<Clone> itself;      // the remote, where it is a directory here
  std::shared_ptr<void> temporary;  // removes the fetched objects when the last copy is gone
};

// `remote` is a directory (a bare repository or a clone, whose own branch is meant) or a URL.
// `branch` may be empty: the one that HEAD names there, of a URL "main".
[[nodiscard]] Result<RemoteBranch> open_remote(os::FileSystem& fs, const std::string& remote,
                                               const std::string& branch);

// The branch that a clone publishes to. `url` is the remote's as configured, "" without a remote.
[[nodiscard]] Result<RemoteBranch> open_remote_of(os::FileSystem& fs, const Clone& clone,
                                                  const Target& target, const std::string& url);

}  // namespace signalbox
