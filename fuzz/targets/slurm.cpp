// What SLURM's commands print, what it leaves in the environment, and what a host remembers of it.
#include "base/text.h"
#include "files.h"
#include "os/host.h"
#include "reconcile/memory.h"
#include "slurm/environment.h"
#include "slurm/job.h"
#include "target.h"

namespace signalbox::fuzz {
namespace {

void jobs(const Result<std::vector<SlurmJob>>& found) {
  if (!found) return;
  for (const SlurmJob& job : *found) {
    require(!job.state.empty());
    require(!job.signal || (*job.signal > 0 && *job.signal <= last_signal));
    require(!job.exit_code || !job.signal);
    require(!job.end || *job.end < last_time);
    // They become log entries.
    require(printable(job.reason, job.reason.size()) == job.reason);
    require(printable(job.nodes, job.nodes.size()) == job.nodes);
  }
}

void allocation(const std::optional<SlurmAllocation>& found) {
  if (!found) return;
  require(found->job_id > 0);
  const std::string run = run_id_of(*found);
  require(run.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789._-") == std::string::npos);
  const auto again = allocation_from(fields_of(*found));
  require(again && run_id_of(*again) == run);
}

void memory(std::string_view bytes) {
  Files files;
  require(write_memory(files, "own", "alps", {}).has_value());
  require(files.bytes.size() == 1);
  files.bytes.begin()->second = bytes;
  const ReconcileMemory read = read_memory(files, "own", "alps");
  require(write_memory(files, "own", "alps", read).has_value());
  require(read_memory(files, "own", "alps").jobs.size() == read.jobs.size());
}

void slurm(std::string_view bytes) {
  jobs(parse_squeue(bytes));
  jobs(parse_sacct(bytes));
  jobs(parse_slurm_json(bytes));
  if (const auto submitted = parse_submitted(bytes)) allocation(*submitted);
  if (const auto document = parse_json(bytes)) allocation(allocation_from(*document));
  allocation(allocation_of([&](const char*) { return std::optional(std::string(bytes)); }));
  memory(bytes);
}

const Target target("slurm", slurm);

}  // namespace
}  // namespace signalbox::fuzz
