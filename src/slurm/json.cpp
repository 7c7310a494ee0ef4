// The layouts of `--json`, from the field names of Slurm's OpenAPI documents:
//   v0.0.37, v0.0.38 (21.08, 22.05): "job_state": "RUNNING", numbers as numbers, "exit_code" of
//     squeue a status of wait(2)
//   v0.0.39 (23.02): numbers as {"set", "infinite", "number"}, "exit_code" an object
//   v0.0.40 on (23.11): "job_state" a list of the state and its flags
// sacct has "state": {"current", "reason"} and "time": {"end"}; "current" is a list since v0.0.40.
#include "base/json.h"

#include <algorithm>

#include "base/text.h"
#include "slurm/job.h"

namespace signalbox {
namespace {

constexpr std::size_t word_limit = 200;
constexpr JsonBounds bounds{.depth = max_json_depth, .fields = 5'000'000};

const Json& at(const Json& object, const char* key) {
  static const Json nothing;
  if (!object.is_object()) return nothing;
  const auto found = object.find(key);
  return found == object.end() ? nothing : *found;
}

std::optional<std::int64_t> number_from(const Json& value) {
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (!value.is_object()) return std::nullopt;
  const Json& set = at(value, "set");
  const Json& infinite = at(value, "infinite");
  if ((set.is_boolean() && !set.get<bool>()) || (infinite.is_boolean() && infinite.get<bool>())) {
    return std::nullopt;
  }
  const Json& number = at(value, "number");
  return number.is_number_integer() ? std::optional(number.get<std::int64_t>()) : std::nullopt;
}

std::string word_from(const Json& value) {
  if (!value.is_string()) return {};
  const auto& text = value.get_ref<const std::string&>();
  return text == "None" || text == "None assigned" ? std::string() : printable(text, word_limit);
}

// Of a list the state itself stands first, its flags after it; a requeued job waits whatever the
// state was.
std::string state_from(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array() || value.empty()) return {};
  const auto holds = [&](const char* word) {
    return std::ranges::find(value, Json(word)) != value.end();
  };
  if (holds("REQUEUED")) return "REQUEUED";
  return value.front().is_string() ? value.front().get<std::string>() : std::string();
}

void take_exit(const Json& value, SlurmJob& job) {
  if (value.is_number_unsigned()) {
    const auto status = value.get<std::uint64_t>();
    const auto signal = static_cast<int>(status & 0x7FU);
    if (signal == 0) job.exit_code = static_cast<int>(status >> 8U & 0xFFU);
    if (signal != 0 && signal <= last_signal) job.signal = signal;
    return;
  }
  const Json& signal = at(value, "signal");
  const auto number =
      number_from(at(signal, "id")).or_else([&] { return number_from(at(signal, "signal_id")); });
  if (number && *number > 0 && *number <= last_signal) job.signal = static_cast<int>(*number);
  const auto code = number_from(at(value, "return_code"));
  if (!job.signal && code && *code >= 0 && *code < 256) job.exit_code = static_cast<int>(*code);
}

std::optional<SlurmJob> job_from(const Json& object) {
  const auto id = number_from(at(object, "job_id"));
  if (!id || *id <= 0) return std::nullopt;
  const Json& of_accounting = at(object, "state");
  const bool is_accounting = of_accounting.is_object();
  SlurmJob job{.id = static_cast<std::uint64_t>(*id)};
  job.state = state_from(is_accounting ? at(of_accounting, "current") : at(object, "job_state"));
  job.reason = word_from(is_accounting ? at(of_accounting, "reason") : at(object, "state_reason"));
  job.nodes = word_from(at(object, "nodes"));
  job.cluster = word_from(at(object, "cluster"));
  const auto end =
      number_from(is_accounting ? at(at(object, "time"), "end") : at(object, "end_time"));
  const auto latest =
      std::chrono::floor<std::chrono::seconds>(last_time).time_since_epoch().count();
  if (end && *end > 0 && *end < latest) job.end = UtcTime{std::chrono::seconds{*end}};
  take_exit(at(object, "exit_code"), job);
  return job.state.empty() ? std::nullopt : std::optional(job);
}

}  // namespace

Result<std::vector<SlurmJob>> parse_slurm_json(std::string_view text) {
  const auto document = parse_json(text, bounds);
  if (!document) return std::unexpected(document.error());
  const Json& list = at(*document, "jobs");
  if (!list.is_array()) {
    return fail(ErrorKind::Corrupt, "the JSON that SLURM printed lists no jobs");
  }
  std::vector<SlurmJob> jobs;
  for (const Json& object : list) {
    if (auto job = job_from(object)) jobs.push_back(*std::move(job));
  }
  return jobs;
}

}  // namespace signalbox
