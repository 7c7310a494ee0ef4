// Crontabs and job scripts, as people write them.
#include "base/text.h"
#include "cron/crontab.h"
#include "doctor/schedule.h"
#include "migrate/calls.h"
#include "target.h"

namespace signalbox::fuzz {
namespace {

void crontabs(std::string_view bytes) {
  const std::string line = find_sync_line(bytes, "/home/u/monitor", "/home/u");
  if (!line.empty()) require(bytes.find(line) != std::string_view::npos);
  for (const std::string_view one : lines_of(bytes)) {
    if (const auto period = period_of(one)) {
      require(period->count() >= 60 && *period <= std::chrono::hours{24});
    }
  }
  const CronEntry entry{.mark = "# signalbox: syncs /home/u/monitor", .line = "*/15 * * * * x"};
  const std::string with = with_entry(bytes, entry);
  if (bytes.find(entry.mark) == std::string_view::npos) {
    require(without_entry(with, entry, !bytes.empty() && !bytes.ends_with('\n')) == bytes);
  }
  if (const auto ours = sync_entry(std::string(bytes), "/bin/signalbox", false)) {
    require(ours->line.find('\n') == std::string::npos);
  }
  for (const Call& call : find_calls(bytes)) {
    require(call.line >= 1 && call.line <= lines_of(bytes).size() && !call.what.empty());
  }
}

const Target target("crontabs", crontabs);

}  // namespace
}  // namespace signalbox::fuzz
