// A job's name, validated once, where it enters: from then on it is safe in a path, a ref, a
// commit message and a page.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace signalbox {

class JobName {
 public:
  // [A-Za-z0-9][A-Za-z0-9._-]{0,127}, and not ending in ".json" or ".lock" nor containing "..":
  // the name becomes a file, and readers must be able to take ".json" off again.
  [[nodiscard]] static Result<JobName> parse(std::string_view text);

  [[nodiscard]] const std::string& text() const { return text_; }
  friend auto operator<=>(const JobName&, const JobName&) = default;

 private:
  explicit JobName(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// The job that a file of data/status/ belongs to; nothing when the name is not "<job>.json".
[[nodiscard]] std::optional<JobName> job_of_status_file(std::string_view file_name);

}  // namespace signalbox
