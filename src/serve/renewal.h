// Keeps a directory's site as new as its clone: looks every second, and at once where the kernel
// tells of a report, and builds when something came.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "clone/clone.h"
#include "os/clock.h"
#include "os/news.h"
#include "serve/site_files.h"
#include "site/directory.h"
#include "site/update.h"

namespace signalbox::serve {

// What a build changed.
struct Renewed {
  std::vector<std::string> changed;  // paths that have other bytes, or are gone
  std::string generated_at;          // of the data; see docs/formats/site.md
};

// Where the files are, of the clone and this host.
[[nodiscard]] std::string directory_of(const Clone& clone);
// As the stream tells it: docs/formats/site.md, "Live".
[[nodiscard]] std::string changed_event(const Renewed& renewed);

class Renewal {
 public:
  Renewal(os::FileSystem& fs, os::Clock& clock, const Clone& clone, site::Directory& directory,
          SiteFiles& files)
      : fs_(fs),
        clock_(clock),
        clone_(clone),
        directory_(directory),
        files_(files),
        news_(std::make_unique<os::News>(std::vector<std::string>{clone.spool_directory()})) {}

  // Waits for news for about a second.
  void wait();
  // Brings the site up to date if it is not. After an error the next call tries again.
  [[nodiscard]] Result<Renewed> renew(const site::Reports& reports);

 private:
  os::FileSystem& fs_;
  os::Clock& clock_;
  const Clone& clone_;
  site::Directory& directory_;
  SiteFiles& files_;
  std::unique_ptr<os::News> news_;
  std::optional<site::Shown> shown_;  // by the last build that went well
};

}  // namespace signalbox::serve
