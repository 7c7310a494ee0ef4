// A directory brought up to what a clone shows now: its tip, its settings, the events that wait.
#pragma once

#include <string>

#include "clone/clone.h"
#include "os/clock.h"
#include "publish/session.h"
#include "site/build.h"

namespace signalbox::site {

struct Updating {
  std::string base_url;  // see Naming; as a person gave it
  bool live = false;     // see Naming
  Reports reports;
};

// What a build shows.
struct Shown {
  std::string tip;
  std::string settings;  // their digest
  std::vector<Event> waiting;
  [[nodiscard]] bool is_same_as(const Shown& other) const;
};

// Of an open session, at this moment.
[[nodiscard]] Result<Shown> what_is_shown(os::FileSystem& fs, const Clone& clone, Session& session);

// Builds it.
[[nodiscard]] Status update(os::FileSystem& fs, const Clone& clone, Session& session,
                            const Shown& shown, const Updating& updating, Directory& directory);

}  // namespace signalbox::site
