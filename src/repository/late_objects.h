// Objects that another host has just written into a clone on a shared file system.
#pragma once

#include "repository/git.h"

namespace signalbox::git {

// Lets `repository` find loose objects whose absence the file system remembers: NFS may hold for
// half a minute that a name does not exist, and a directory that is opened is looked at anew. Costs
// nothing but for objects that nobody else has. Where it cannot be added they stay unfound.
void find_late_objects(git_repository* repository);

}  // namespace signalbox::git
