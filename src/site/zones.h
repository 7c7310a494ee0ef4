// The time zones that signalbox.toml names, read from the system's database when they are needed.
#pragma once

#include <map>
#include <string>

#include "clone/settings.h"
#include "os/file_system.h"

namespace signalbox::site {

class Zones {
 public:
  // UTC when the settings name none. InvalidInput, with line and key, when there is no such zone.
  [[nodiscard]] Result<TimeZone> of_job(os::FileSystem& fs, const Settings& settings,
                                        const JobName& job);

 private:
  std::map<std::string, TimeZone> known_;
};

}  // namespace signalbox::site
