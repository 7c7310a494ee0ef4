#include "slurm/queue.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "base/text.h"
#include "os/host.h"
#include "os/process.h"
#include "slurm/environment.h"

namespace signalbox {
namespace {

constexpr std::size_t output_limit = 64UL << 20U;  // bytes; 400,000 jobs as text
constexpr std::size_t list_limit = 100'000;        // bytes; the kernel allows 128 KiB an argument

using Parse = Result<std::vector<SlurmJob>> (*)(std::string_view);

Result<std::vector<SlurmJob>> parsed(const Result<std::string>& answer, Parse parse) {
  return answer ? parse(*answer) : std::unexpected(answer.error());
}

// Times as seconds: local times say no zone. What a person set for his own eyes must change neither
// the form nor which jobs are told: a job that is left out would count as lost.
std::map<std::string, std::optional<std::string>> environment_for_asking() {
  std::map<std::string, std::optional<std::string>> environment{
      {"SLURM_TIME_FORMAT", "%s"}, {"SLURM_CLUSTERS", std::nullopt}, {"LC_ALL", "C"}};
  for (const char* prefix : {"SQUEUE_", "SACCT_", "SCONTROL_"}) {
    for (std::string& name : os::environment_names(prefix)) {
      environment.emplace(std::move(name), std::nullopt);
    }
  }
  return environment;
}

bool says(const Error& error, std::string_view words) {
  return error.kind == ErrorKind::Unreachable && error.what.find(words) != std::string::npos;
}

}  // namespace

Result<std::string> SlurmQueue::ask(std::vector<std::string> words) const {
  const std::string program = words.front();
  auto done = os::run({.arguments = std::move(words),
                       .directory = "/",
                       .environment = environment_for_asking(),
                       .timeout = timeout_,
                       .output_limit = output_limit});
  if (!done) return std::unexpected(done.error());
  if (done->timed_out) {
    return fail(
        ErrorKind::TimedOut,
        "'" + program + "' gave no answer within " + std::to_string(timeout_.count()) + " s",
        "the controller may be busy; nothing but this look is lost");
  }
  if (done->exit_status != 0) {
    return fail(ErrorKind::Unreachable,
                "'" + program + "' said: " + printable(trimmed(done->errors), 300));
  }
  return std::move(done->output);
}

Result<std::vector<SlurmJob>> SlurmQueue::jobs() const {
  const auto text = ask({"squeue", "--noheader", "--all", "--array", "--states=all",
                         "--Format=" + std::string(squeue_fields)});
  auto jobs = parsed(text, parse_squeue);
  if (jobs || jobs.error().kind == ErrorKind::NotFound ||
      jobs.error().kind == ErrorKind::TimedOut) {
    return jobs;
  }
  const auto json = ask({"squeue", "--json"});
  auto listed = parsed(json, parse_slurm_json);
  return listed ? std::move(listed) : std::move(jobs);  // the first complaint says more
}

Result<std::vector<SlurmJob>> SlurmQueue::accounted(std::span<const std::uint64_t> ids) const {
  std::vector<SlurmJob> all;
  for (std::size_t next = 0; next < ids.size();) {
    std::string list = "--jobs=" + std::to_string(ids[next++]);
    while (next < ids.size() && list.size() < list_limit) {
      list += "," + std::to_string(ids[next++]);
    }
    const auto text = ask({"sacct", "--noheader", "--parsable2", "--allocations", "--allusers",
                           "--format=" + std::string(sacct_fields), list});
    if (!text && says(text.error(), "accounting storage is disabled")) {
      return fail(ErrorKind::Unsupported, text.error().what);
    }
    auto jobs = parsed(text, parse_sacct);
    if (!jobs && jobs.error().kind == ErrorKind::Corrupt) {
      jobs =
          parsed(ask({"sacct", "--allocations", "--allusers", "--json", list}), parse_slurm_json);
    }
    if (!jobs) return jobs;
    std::ranges::move(*jobs, std::back_inserter(all));
  }
  return all;
}

Result<std::optional<SlurmJob>> SlurmQueue::job(std::uint64_t id) const {
  const auto text = ask({"scontrol", "--oneliner", "show", "job", std::to_string(id)});
  if (!text && says(text.error(), "Invalid job id")) return std::nullopt;
  if (!text) return std::unexpected(text.error());
  auto job = parse_scontrol_job(*text);
  if (!job) return std::unexpected(job.error());
  return *std::move(job);
}

Result<std::string> SlurmQueue::cluster() const {
  const auto text = ask({"scontrol", "show", "config"});
  if (!text) return std::unexpected(text.error());
  for (const std::string_view line : lines_of(*text)) {
    if (!line.starts_with("ClusterName ")) continue;
    const auto equals = line.find('=');
    const auto name = equals == std::string_view::npos ? "" : trimmed(line.substr(equals + 1));
    if (is_cluster_name(name)) return std::string(name);  // it becomes part of a file's name
  }
  return fail(ErrorKind::Corrupt, "the output of 'scontrol show config' names no cluster");
}

}  // namespace signalbox
