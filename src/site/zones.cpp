#include "site/zones.h"

#include "clone/clone.h"

namespace signalbox::site {
namespace {

std::unexpected<Error> no_zone(os::FileSystem& fs, const JobName& job, const JobSettings& of_job) {
  const std::string directory(zone_directory);
  const std::string place = std::string(settings_file) + ", line " +
                            std::to_string(of_job.timezone_line) + ": jobs." + job.text() +
                            ".timezone";
  if (!os::is_directory(fs, directory)) {
    return fail(ErrorKind::InvalidInput,
                place + " cannot be used: this host has no time zones in '" + directory + "'",
                "install the package tzdata here, or take the line out");
  }
  return fail(ErrorKind::InvalidInput,
              place + " is no time zone of '" + directory + "': '" + of_job.timezone + "'",
              "mend the value or take the line out");
}

}  // namespace

Result<TimeZone> Zones::of_job(os::FileSystem& fs, const Settings& settings, const JobName& job) {
  const auto of_job = settings.jobs.find(job);
  if (of_job == settings.jobs.end() || of_job->second.timezone.empty()) return TimeZone{};
  const std::string& name = of_job->second.timezone;
  if (const auto known = known_.find(name); known != known_.end()) return known->second;
  // Many zones are symbolic links to others, which read() does not follow.
  const std::string path = absolute_path(std::string(zone_directory) + "/" + name);
  const auto bytes = fs.read(path, zone_limit);
  auto zone = bytes ? TimeZone::parse(*bytes) : std::unexpected(bytes.error());
  if (!zone) return no_zone(fs, job, of_job->second);
  return known_.emplace(name, *std::move(zone)).first->second;
}

}  // namespace signalbox::site
