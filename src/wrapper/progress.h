// How far a command is, from what it prints or writes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace re2 {
class RE2;
}

namespace signalbox {

inline constexpr std::size_t longest_progress_pattern = 1000;  // bytes

// An RE2 expression: with one group the percentage, with two the step and the number of steps.
// Linear time, whatever is printed.
class ProgressPattern {
 public:
  // `text`: "tqdm", "percent" or "step", which are known, else an expression. InvalidInput for one
  // that cannot be used.
  [[nodiscard]] static Result<ProgressPattern> parse(const std::string& text);

  // The last match in `text`, in percent, 0 to 100; nothing when there is none.
  [[nodiscard]] std::optional<double> last_in(std::string_view text) const;

 private:
  std::shared_ptr<const re2::RE2> expression_;
};

// What a command wrote into the file that $SIGNALBOX_PROGRESS names: the last line that says
// something, "45", "45.5 %", "3/10", with or without a text behind it.
struct WrittenProgress {
  double percent = 0;
  std::string text;  // what stands behind the number; may be empty
};
[[nodiscard]] std::optional<WrittenProgress> parse_written_progress(std::string_view bytes);

}  // namespace signalbox
