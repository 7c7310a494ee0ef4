#include "event/job_name.h"

#include <algorithm>

#include "base/text.h"

namespace signalbox {
namespace {

constexpr std::size_t longest_name = 128;

bool is_alphanumeric(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

std::unexpected<Error> refused(std::string_view text, const std::string& why) {
  return fail(
      ErrorKind::InvalidInput, "job name '" + printable(text, 60) + "' " + why,
      "a job name is 1 to 128 letters, digits, '.', '_' or '-', the first a letter or digit");
}

}  // namespace

Result<JobName> JobName::parse(std::string_view text) {
  if (text.empty()) return refused(text, "is empty");
  if (text.size() > longest_name) {
    return refused(text, "is " + std::to_string(text.size()) + " bytes long");
  }
  if (!is_alphanumeric(text.front())) return refused(text, "does not start with a letter or digit");
  const auto allowed = [](char c) {
    return is_alphanumeric(c) || c == '.' || c == '_' || c == '-';
  };
  if (!std::ranges::all_of(text, allowed)) {
    return refused(text, "holds a character that is not allowed");
  }
  if (text.find("..") != std::string_view::npos) return refused(text, "holds '..'");
  if (text.ends_with(".json") || text.ends_with(".lock")) {
    return refused(text, "ends in '.json' or '.lock'");
  }
  return JobName(std::string(text));
}

std::optional<JobName> job_of_status_file(std::string_view file_name) {
  constexpr std::string_view ending = ".json";
  if (!file_name.ends_with(ending)) return std::nullopt;
  file_name.remove_suffix(ending.size());
  auto name = JobName::parse(file_name);
  if (!name) return std::nullopt;
  return *std::move(name);
}

}  // namespace signalbox
