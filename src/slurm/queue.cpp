#include "slurm/queue.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "os/process.h"

namespace signalbox {
namespace {

constexpr std::size_t output_limit = 256UL << 20U;  // bytes; a million jobs as text
constexpr std::size_t list_limit = 100'000;         // bytes; the kernel allows 128 KiB an argument

using Parse = Result<std::vector<SlurmJob>> (*)(std::string_view);

Result<std::vector<SlurmJob>> parsed(const Result<std::string>& answer, Parse parse) {
  return answer ? parse(*answer) : std::unexpected(answer.error());
}

}  // namespace

Result<std::string> SlurmQueue::ask(std::vector<std::string> words) const {
  const std::string program = words.front();
  auto done = os::run({.arguments = std::move(words),
                       .directory = "/",
                       // Times as seconds: local times say no zone. What a person set for his own
                       // eyes must not change the form.
                       .environment = {{"SLURM_TIME_FORMAT", "%s"},
                                       {"SQUEUE_FORMAT", std::nullopt},
                                       {"SQUEUE_FORMAT2", std::nullopt},
                                       {"SQUEUE_STATES", std::nullopt},
                                       {"SQUEUE_USERS", std::nullopt},
                                       {"SQUEUE_PARTITION", std::nullopt},
                                       {"SQUEUE_ACCOUNT", std::nullopt},
                                       {"SACCT_FORMAT", std::nullopt},
                                       {"SLURM_CLUSTERS", std::nullopt},
                                       {"LC_ALL", "C"}},
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

Result<std::string> SlurmQueue::cluster() const {
  const auto text = ask({"scontrol", "show", "config"});
  if (!text) return std::unexpected(text.error());
  for (const std::string_view line : lines_of(*text)) {
    if (!line.starts_with("ClusterName ")) continue;
    const auto equals = line.find('=');
    if (equals != std::string_view::npos) return std::string(trimmed(line.substr(equals + 1)));
  }
  return fail(ErrorKind::Corrupt, "the output of 'scontrol show config' names no cluster");
}

}  // namespace signalbox
