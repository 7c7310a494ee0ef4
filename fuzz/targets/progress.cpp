// What a wrapped command writes and prints about its progress.
#include "wrapper/progress.h"

#include <map>

#include "target.h"

namespace signalbox::fuzz {
namespace {

void progress(std::string_view bytes) {
  if (const auto written = parse_written_progress(bytes)) {
    require(written->percent >= 0 && written->percent <= 100);
  }
  for (const char* preset : {"tqdm", "percent", "step", "(\\d+) of (\\d+)"}) {
    static std::map<std::string, ProgressPattern> known;
    const auto [pattern, added] = known.try_emplace(preset, ProgressPattern::parse(preset).value());
    if (const auto found = pattern->second.last_in(bytes)) {
      require(*found >= 0 && *found <= 100);
    }
  }
  constexpr std::size_t short_enough = 200;
  if (bytes.size() <= short_enough) {
    if (const auto pattern = ProgressPattern::parse(std::string(bytes))) {
      const auto found = pattern->last_in("step 3/10, 45% of 20 done");
      require(!found || (*found >= 0 && *found <= 100));
    }
  }
}

const Target target("progress", progress);

}  // namespace
}  // namespace signalbox::fuzz
