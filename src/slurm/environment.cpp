#include "slurm/environment.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace signalbox {
namespace {

constexpr std::size_t longest_name = 128;
constexpr std::uint64_t latest_time = 253'402'300'799;  // the end of the year 9999

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> number_in(const Variables& variables, const char* name) {
  const auto text = variables(name);
  return text ? whole_number(*text) : std::nullopt;
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

std::string name_or_nothing(const std::string& text) {
  const bool is_name = text.size() <= longest_name && std::ranges::all_of(text, is_name_character);
  return is_name ? text : std::string();
}

std::string name_in(const Variables& variables, const char* name) {
  return name_or_nothing(variables(name).value_or(""));
}

std::optional<UtcTime> time_in(const Variables& variables, const char* name) {
  const auto seconds = number_in(variables, name);
  if (!seconds || *seconds == 0 || *seconds > latest_time) return std::nullopt;
  return UtcTime{std::chrono::seconds{static_cast<std::int64_t>(*seconds)}};
}

}  // namespace

bool is_cluster_name(std::string_view text) {
  return !text.empty() && text.front() != '.' && text.size() <= longest_name &&
         std::ranges::all_of(text, is_name_character);
}

std::optional<SlurmAllocation> allocation_of(const Variables& variables) {
  const auto job_id = number_in(variables, "SLURM_JOB_ID");
  if (!job_id || *job_id == 0) return std::nullopt;
  return SlurmAllocation{.job_id = *job_id,
                         .array_job_id = number_in(variables, "SLURM_ARRAY_JOB_ID"),
                         .array_task_id = number_in(variables, "SLURM_ARRAY_TASK_ID"),
                         .array_task_count = number_in(variables, "SLURM_ARRAY_TASK_COUNT"),
                         .user_id = number_in(variables, "SLURM_JOB_UID"),
                         .restart_count = number_in(variables, "SLURM_RESTART_COUNT").value_or(0),
                         .cluster = name_in(variables, "SLURM_CLUSTER_NAME"),
                         .partition = name_in(variables, "SLURM_JOB_PARTITION"),
                         .node = name_in(variables, "SLURMD_NODENAME"),
                         .begin = time_in(variables, "SLURM_JOB_START_TIME"),
                         .end = time_in(variables, "SLURM_JOB_END_TIME")};
}

std::string run_id_of(const SlurmAllocation& allocation) {
  std::string id = "slurm-" + (allocation.cluster.empty() ? "" : allocation.cluster + "-");
  if (allocation.array_job_id && allocation.array_task_id) {
    id +=
        std::to_string(*allocation.array_job_id) + "_" + std::to_string(*allocation.array_task_id);
  } else {
    id += std::to_string(allocation.job_id);
  }
  if (allocation.restart_count > 0) id += "-r" + std::to_string(allocation.restart_count);
  return id;
}

Json fields_of(const SlurmAllocation& allocation) {
  Json fields = {{"job_id", allocation.job_id}};
  if (allocation.array_job_id) fields["array_job_id"] = *allocation.array_job_id;
  if (allocation.array_task_id) fields["array_task_id"] = *allocation.array_task_id;
  if (allocation.array_task_count) fields["array_task_count"] = *allocation.array_task_count;
  if (allocation.user_id) fields["user_id"] = *allocation.user_id;
  if (allocation.restart_count > 0) fields["restart_count"] = allocation.restart_count;
  if (!allocation.cluster.empty()) fields["cluster"] = allocation.cluster;
  if (!allocation.partition.empty()) fields["partition"] = allocation.partition;
  if (!allocation.node.empty()) fields["node"] = allocation.node;
  if (allocation.begin && allocation.end && *allocation.end > *allocation.begin) {
    fields["time_limit"] =
        std::chrono::duration_cast<std::chrono::seconds>(*allocation.end - *allocation.begin)
            .count();
  }
  if (allocation.end) fields["end_time"] = format_seconds(*allocation.end);
  return fields;
}

std::optional<SlurmAllocation> allocation_from(const Json& fields) {
  if (!fields.is_object()) return std::nullopt;
  const auto number = [&](const char* name) -> std::optional<std::uint64_t> {
    const auto found = fields.find(name);
    if (found == fields.end() || !found->is_number_unsigned()) return std::nullopt;
    return found->get<std::uint64_t>();
  };
  const auto job_id = number("job_id");
  if (!job_id || *job_id == 0) return std::nullopt;
  return SlurmAllocation{.job_id = *job_id,
                         .array_job_id = number("array_job_id"),
                         .array_task_id = number("array_task_id"),
                         .array_task_count = number("array_task_count"),
                         .user_id = number("user_id"),
                         .restart_count = number("restart_count").value_or(0),
                         .cluster = name_or_nothing(text_at(fields, "cluster")),
                         .partition = name_or_nothing(text_at(fields, "partition")),
                         .node = name_or_nothing(text_at(fields, "node")),
                         .begin = {},
                         .end = parse_time(text_at(fields, "end_time"))};
}

Result<SlurmAllocation> parse_submitted(std::string_view text) {
  const auto semicolon = text.find(';');
  const auto job_id = whole_number(text.substr(0, semicolon));
  const std::string cluster(semicolon == std::string_view::npos ? std::string_view()
                                                                : text.substr(semicolon + 1));
  if (!job_id || *job_id == 0 || name_or_nothing(cluster) != cluster) {
    return fail(ErrorKind::InvalidInput, "'" + printable(text, 40) + "' is no job of SLURM",
                "give what `sbatch --parsable` prints: 1234, or 1234;cluster");
  }
  return SlurmAllocation{.job_id = *job_id, .cluster = cluster};
}

}  // namespace signalbox
