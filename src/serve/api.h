// The answers of /api/v1 and /metrics, as text. Pure, but for the files of the site.
#pragma once

#include <string>

#include "event/job_name.h"
#include "serve/site_files.h"

namespace signalbox::serve {

// {"jobs": [summary...], "total": n} of all jobs.
[[nodiscard]] Result<std::string> jobs_json(const SiteFiles& files);
// {"runs": [run...], "total": n}, newest first.
[[nodiscard]] Result<std::string> runs_json(const SiteFiles& files, const JobName& job);
// {"events": [{"job", "time", "status", "message"}...], "more": bool}, newest first: the reports
// that the jobs' pages show, from `since` on. At most 1,000, of the 200 jobs heard of last; `more`
// when there are others.
[[nodiscard]] Result<std::string> events_json(const SiteFiles& files, UtcTime since);
// How old what is shown is, and whether it is renewed.
[[nodiscard]] Result<Json> health_json(const SiteFiles& files, UtcTime now);

struct Counters {
  std::uint64_t requests = 0, refused = 0;
  std::size_t connections = 0, streams = 0;
};
// In the text format of Prometheus, 0.0.4.
[[nodiscard]] Result<std::string> metrics_text(const SiteFiles& files, UtcTime now,
                                               const Counters& counters);

}  // namespace signalbox::serve
