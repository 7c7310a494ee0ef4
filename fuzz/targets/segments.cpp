// Files of the history: their names, their lines, compaction and thinning.
#include "event/event.h"
#include "repository/retention.h"
#include "repository/segment.h"
#include "target.h"

namespace signalbox::fuzz {
namespace {

void segments(std::string_view bytes) {
  require(first_id_of(bytes).empty() || first_id_of(bytes).size() == EventId::length);
  const std::string segment(bytes);
  const std::string merged = merge_segments(std::vector{segment});
  require(merge_segments(std::vector{merged}) == merged);
  require(merge_segments(std::vector{segment, merged}) == merged);
  // Cut anywhere, in any order, the same lines are the same file.
  const auto cut = bytes.find('\n', bytes.size() / 2);
  if (cut != std::string_view::npos) {
    const std::string head(bytes.substr(0, cut + 1));
    const std::string tail(bytes.substr(cut + 1));
    require(merge_segments(std::vector{tail, head}) == merge_segments(std::vector{head, tail}));
  }
  const std::string thin = thinned(merged);
  require(thinned(thin) == thin && thin.size() <= merged.size());
  std::string whole;
  for (const std::string& part : parts_of_day(thin)) whole += part;
  require(whole == thin);
  for_each_line(bytes, [](std::string_view id, std::string_view line) {
    // A damaged line is kept by what stands in the place of its id.
    require(id.size() == EventId::length && id_of_line(line) == id);
    const auto job = job_of_thinned_line(line);
    if (const auto parsed = EventId::parse(id); parsed && job) {
      require(thinned_line(*parsed, *job) == line);
    }
  });
  constexpr const char* path =
      "data/history/2025/08/17/06/20250817T060000123-0000-5f2c91ab-0123456789ab-9f86d081ab.ndjson";
  for (const Event& event : content_of_file(path, bytes).events) require(!event.id.empty());
  (void)content_of_file(bytes, "{}");
}

const Target target("segments", segments);

}  // namespace
}  // namespace signalbox::fuzz
