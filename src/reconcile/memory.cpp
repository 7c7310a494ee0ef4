#include "reconcile/memory.h"

#include "base/json.h"
#include "base/text.h"
#include "event/event_id.h"
#include "os/host.h"

namespace signalbox {
namespace {

constexpr std::size_t memory_limit = 64UL << 20U;  // bytes; half a million jobs
constexpr JsonBounds bounds{.depth = 8, .fields = 2'000'000};

std::string path_of(const std::string& own_directory) {
  return own_directory + "/reconcile-" + hex(host_digest(os::host_name()), 8) + ".json";
}

}  // namespace

ReconcileMemory read_memory(os::FileSystem& fs, const std::string& own_directory) {
  ReconcileMemory memory;
  const auto bytes = fs.read(path_of(own_directory), memory_limit);
  if (!bytes) return memory;
  const auto document = parse_json(*bytes, bounds);
  if (!document || !document->is_object()) return memory;
  memory.asked = parse_time(text_at(*document, "asked"));
  memory.last_error = text_at(*document, "last_error");
  const auto jobs = document->find("jobs");
  if (jobs == document->end() || !jobs->is_array()) return memory;
  for (const Json& entry : *jobs) {
    if (!entry.is_object()) continue;
    memory.jobs[text_at(entry, "job")] = {
        .state = text_at(entry, "state"),
        .missing_since = parse_time(text_at(entry, "missing_since"))};
  }
  return memory;
}

Status write_memory(os::FileSystem& fs, const std::string& own_directory,
                    const ReconcileMemory& memory) {
  Json document = Json::object();
  document["asked"] = memory.asked ? Json(format_milliseconds(*memory.asked)) : Json();
  document["last_error"] = memory.last_error;
  document["jobs"] = Json::array();  // not an object: its keys would be searched one by one
  for (const auto& [job, sight] : memory.jobs) {
    Json entry = {{"job", job}, {"state", sight.state}};
    if (sight.missing_since) entry["missing_since"] = format_milliseconds(*sight.missing_since);
    document["jobs"].push_back(std::move(entry));
  }
  return os::replace_file(fs, path_of(own_directory), to_line(document) + "\n");
}

}  // namespace signalbox
