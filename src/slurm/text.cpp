#include "base/text.h"

#include <charconv>

#include "slurm/job.h"

namespace signalbox {
namespace {

constexpr std::size_t word_limit = 200;

enum Field : std::size_t { Id, State, Reason, Nodes, Cluster, End, ExitCode, FieldCount };

// A reason is what an administrator or a user wrote and may hold bars: what surplus there is is
// its.
std::vector<std::string_view> fields_in(std::string_view line) {
  if (line.ends_with('|')) line.remove_suffix(1);
  std::vector<std::string_view> fields(FieldCount);
  for (std::size_t field = Id; field < Reason; ++field) {
    const auto bar = line.find('|');
    if (bar == std::string_view::npos) return {};
    fields[field] = trimmed(line.substr(0, bar));
    line.remove_prefix(bar + 1);
  }
  for (std::size_t field = ExitCode; field > Reason; --field) {
    const auto bar = line.rfind('|');
    if (bar == std::string_view::npos) return {};
    fields[field] = trimmed(line.substr(bar + 1));
    line = line.substr(0, bar);
  }
  fields[Reason] = trimmed(line);
  return fields;
}

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Both commands are asked for seconds since the epoch; "Unknown", "N/A" and local times are none.
std::optional<UtcTime> time_from(std::string_view text) {
  const auto seconds = whole_number<std::int64_t>(text);
  if (!seconds || *seconds <= 0 ||
      *seconds >= std::chrono::floor<std::chrono::seconds>(last_time).time_since_epoch().count()) {
    return std::nullopt;
  }
  return UtcTime{std::chrono::seconds{*seconds}};
}

std::string word_from(std::string_view text) {
  const bool is_none = text == "None" || text == "N/A" || text == "(null)" || text == "Unknown";
  return is_none ? std::string() : printable(text, word_limit);
}

// "CANCELLED by 1000"
std::string_view first_word(std::string_view text) {
  return text.substr(0, text.find(' '));
}

std::optional<SlurmJob> job_from(const std::vector<std::string_view>& fields) {
  if (fields.empty()) return std::nullopt;
  const auto id = whole_number<std::uint64_t>(fields[Id]);
  if (!id || fields[State].empty()) return std::nullopt;
  return SlurmJob{.id = *id,
                  .state = std::string(first_word(fields[State])),
                  .reason = word_from(fields[Reason]),
                  .nodes = word_from(fields[Nodes]),
                  .cluster = word_from(fields[Cluster]),
                  .end = time_from(fields[End]),
                  .exit_code = {},
                  .signal = {}};
}

// squeue tells the status of wait(2), sacct "code:signal".
void take_wait_status(std::string_view text, SlurmJob& job) {
  const auto status = whole_number<unsigned>(text);
  if (!status) return;
  const auto signal = static_cast<int>(*status & 0x7FU);
  if (signal == 0) job.exit_code = static_cast<int>(*status >> 8U & 0xFFU);
  if (signal != 0 && signal <= last_signal) job.signal = signal;
}

void take_code_and_signal(std::string_view text, SlurmJob& job) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return;
  const auto signal = whole_number<int>(text.substr(colon + 1));
  if (signal && *signal > 0 && *signal <= last_signal) job.signal = signal;
  if (signal == 0) job.exit_code = whole_number<int>(text.substr(0, colon));
}

template <class TakeExit>
Result<std::vector<SlurmJob>> parse(std::string_view text, const char* program,
                                    TakeExit take_exit) {
  std::vector<SlurmJob> jobs;
  bool any = false;
  for (const std::string_view line : lines_of(text)) {
    if (trimmed(line).empty()) continue;
    any = true;
    const auto fields = fields_in(line);
    auto job = job_from(fields);
    if (!job) continue;
    take_exit(fields[ExitCode], *job);
    jobs.push_back(*std::move(job));
  }
  if (any && jobs.empty()) {
    return fail(ErrorKind::Corrupt,
                std::string("the output of '") + program + "' is not what was asked for");
  }
  return jobs;
}

}  // namespace

Result<std::vector<SlurmJob>> parse_squeue(std::string_view text) {
  return parse(text, "squeue", take_wait_status);
}

Result<std::vector<SlurmJob>> parse_sacct(std::string_view text) {
  return parse(text, "sacct", take_code_and_signal);
}

// "JobId=12 JobName=a b UserId=... JobState=RUNNING Reason=None ...": names and values of jobs may
// hold blanks, and what looks like a field; the fields that are looked for come once, after those.
Result<SlurmJob> parse_scontrol_job(std::string_view text) {
  const auto value = [&](std::string_view name) {
    const auto at = text.rfind(name);
    if (at == std::string_view::npos) return std::string_view();
    const std::string_view rest = text.substr(at + name.size());
    return trimmed(rest.substr(0, rest.find_first_of(" \n")));
  };
  constexpr std::string_view first = "JobId=";
  const auto id =
      text.starts_with(first)
          ? whole_number<std::uint64_t>(text.substr(first.size(), text.find(' ') - first.size()))
          : std::nullopt;
  const std::string_view state = value(" JobState=");
  if (!id || state.empty()) {
    return fail(ErrorKind::Corrupt, "the output of 'scontrol show job' is not what was asked for");
  }
  SlurmJob job{.id = *id,
               .state = printable(state, word_limit),
               .reason = word_from(value(" Reason=")),
               .nodes = word_from(value(" NodeList=")),
               .cluster = {},
               .end = time_from(value(" EndTime=")),
               .exit_code = {},
               .signal = {}};
  take_code_and_signal(value(" ExitCode="), job);
  return job;
}

std::string status_of_state(std::string_view state) {
  struct Meaning {
    std::string_view state;
    const char* status;
  };
  // squeue(1), "JOB STATE CODES"; the words of all releases since 20.11.
  constexpr Meaning meanings[] = {
      {"PENDING", "pending"},      {"CONFIGURING", "pending"},   {"REQUEUED", "pending"},
      {"REQUEUE_FED", "pending"},  {"REQUEUE_HOLD", "pending"},  {"RESV_DEL_HOLD", "pending"},
      {"SPECIAL_EXIT", "pending"}, {"POWER_UP_NODE", "pending"}, {"RUNNING", "running"},
      {"COMPLETING", "running"},   {"SUSPENDED", "running"},     {"STOPPED", "running"},
      {"SIGNALING", "running"},    {"STAGE_OUT", "running"},     {"RESIZING", "running"},
      {"EXPEDITING", "pending"},   {"COMPLETED", "completed"},   {"FAILED", "failed"},
      {"OUT_OF_MEMORY", "failed"}, {"NODE_FAIL", "failed"},      {"BOOT_FAIL", "failed"},
      {"LAUNCH_FAILED", "failed"}, {"RECONFIG_FAIL", "failed"},  {"TIMEOUT", "timeout"},
      {"DEADLINE", "timeout"},     {"CANCELLED", "cancelled"},   {"PREEMPTED", "cancelled"},
      {"REVOKED", "cancelled"},
  };
  for (const Meaning& meaning : meanings) {
    if (meaning.state == state) return meaning.status;
  }
  return {};
}

}  // namespace signalbox
