#include "reconcile/memory.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/json.h"
#include "base/text.h"
#include "event/event_id.h"
#include "os/host.h"
#include "slurm/environment.h"

namespace signalbox {
namespace {

constexpr std::size_t memory_limit = 64UL << 20U;  // bytes; half a million jobs
constexpr JsonBounds bounds{.depth = 8, .fields = 2'000'000};

constexpr std::size_t name_limit = 200;  // bytes

std::string host_key() {
  return hex(host_digest(os::host_name()), 8);
}

std::string key_of(const std::string& cluster) {
  return cluster.empty() ? host_key() : cluster;
}

std::string path_of(const std::string& own_directory, const std::string& cluster) {
  return own_directory + "/reconcile-" + key_of(cluster) + ".json";
}

std::string cluster_path(const std::string& own_directory) {
  return own_directory + "/cluster-" + host_key();
}

}  // namespace

std::string known_cluster(os::FileSystem& fs, const std::string& own_directory) {
  if (const auto here = allocation_of(os::environment); here && !here->cluster.empty()) {
    return here->cluster;
  }
  const auto noted = fs.read(cluster_path(own_directory), name_limit);
  return noted && is_cluster_name(trimmed(*noted)) ? std::string(trimmed(*noted)) : std::string();
}

Status note_cluster(os::FileSystem& fs, const std::string& own_directory,
                    const std::string& cluster) {
  return os::replace_file(fs, cluster_path(own_directory), cluster + "\n");
}

ReconcileMemory read_memory(os::FileSystem& fs, const std::string& own_directory,
                            const std::string& cluster) {
  ReconcileMemory memory;
  const auto bytes = fs.read(path_of(own_directory, cluster), memory_limit);
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
        .missing_since = parse_time(text_at(entry, "missing_since")),
        .heard = text_at(entry, "heard")};
  }
  return memory;
}

Status write_memory(os::FileSystem& fs, const std::string& own_directory,
                    const std::string& cluster, const ReconcileMemory& memory) {
  Json document = Json::object();
  document["asked"] = memory.asked ? Json(format_milliseconds(*memory.asked)) : Json();
  document["last_error"] = memory.last_error;
  document["jobs"] = Json::array();  // not an object: its keys would be searched one by one
  for (const auto& [job, sight] : memory.jobs) {
    Json entry = {{"job", job}, {"state", sight.state}};
    if (sight.missing_since) {
      entry["missing_since"] = format_milliseconds(*sight.missing_since);
      entry["heard"] = sight.heard;
    }
    document["jobs"].push_back(std::move(entry));
  }
  return os::replace_file(fs, path_of(own_directory, cluster), to_line(document) + "\n");
}

Result<std::optional<UtcTime>> claim_question(os::FileSystem& fs, const std::string& own_directory,
                                              const std::string& cluster,
                                              std::chrono::seconds interval, UtcTime now) {
  const std::string prefix = "question-" + key_of(cluster) + "-";
  const auto names = fs.list(own_directory);
  if (!names) return std::unexpected(names.error());
  std::map<std::uint64_t, std::string> asked;
  for (const std::string& name : *names) {
    const std::string_view digits =
        std::string_view(name).substr(name.starts_with(prefix) ? prefix.size() : name.size());
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error == std::errc() && end == digits.data() + digits.size()) {
      asked[number] = own_directory + "/" + name;
    }
  }
  if (!asked.empty()) {
    const auto last = fs.status(asked.rbegin()->second);
    // The file server's clock may be a little ahead of ours; one that is far ahead does not count.
    if (last && std::chrono::abs(now - last->modified) < interval) {
      return std::min(last->modified, now) + interval;
    }
  }
  const std::uint64_t next = asked.empty() ? 1 : asked.rbegin()->first + 1;
  auto claim = fs.create(own_directory + "/" + prefix + std::to_string(next));
  if (!claim && claim.error().kind == ErrorKind::AlreadyExists) return now + interval;
  if (!claim) return std::unexpected(claim.error());
  if (auto closed = (*claim)->close(); !closed) return std::unexpected(closed.error());
  for (const auto& [number, path] : asked) (void)fs.unlink(path);  // else the next one does
  return std::nullopt;
}

}  // namespace signalbox
