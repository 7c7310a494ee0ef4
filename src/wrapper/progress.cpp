#include "wrapper/progress.h"

#include <re2/re2.h>

#include <array>
#include <cmath>

#include "base/text.h"

namespace signalbox {
namespace {

struct Preset {
  std::string_view name;
  const char* expression;
};

// tqdm: " 45%|####      | 45/100 [00:12<00:15, 3.61it/s]"
constexpr std::array presets{
    Preset{"tqdm", R"((\d{1,3}(?:\.\d+)?)%\|)"},
    Preset{"percent", R"((\d{1,3}(?:\.\d+)?)\s?%)"},
    Preset{"step",
           R"((?i)(?:step|epoch|iteration|iter|batch)\s*[:=]?\s*\[?(\d+)\s*(?:/|of)\s*(\d+))"},
};

constexpr std::int64_t expression_memory = 1L << 20U;

RE2::Options options() {
  RE2::Options chosen;
  chosen.set_encoding(RE2::Options::EncodingLatin1);  // bytes: no broken UTF-8 hides a match
  chosen.set_log_errors(false);
  chosen.set_max_mem(expression_memory);
  return chosen;
}

std::optional<double> percent_of(std::string_view first, std::string_view second) {
  const auto done = parse_number(first);
  if (!done || *done < 0) return std::nullopt;
  double percent = *done;
  if (!second.empty()) {
    const auto all = parse_number(second);
    if (!all || *all <= 0) return std::nullopt;
    percent = 100 * *done / *all;
  }
  if (!(percent <= 100)) return std::nullopt;
  return std::round(percent * 10) / 10;
}

}  // namespace

Result<ProgressPattern> ProgressPattern::parse(const std::string& text) {
  std::string expression = text;
  for (const Preset& preset : presets) {
    if (text == preset.name) expression = preset.expression;
  }
  const auto refused = [&](const std::string& reason) {
    return fail(ErrorKind::InvalidInput,
                "the progress pattern '" + printable(text, 60) + "' cannot be used: " + reason,
                "'tqdm', 'percent', 'step', or an RE2 expression with one group (the percentage) "
                "or two (the step and their number)");
  };
  if (text.size() > longest_progress_pattern) return refused("it is too long");
  auto compiled = std::make_shared<const RE2>(expression, options());
  if (!compiled->ok()) return refused(compiled->error());
  const int groups = compiled->NumberOfCapturingGroups();
  if (groups != 1 && groups != 2) return refused("it has " + std::to_string(groups) + " groups");
  ProgressPattern pattern;
  pattern.expression_ = std::move(compiled);
  return pattern;
}

std::optional<double> ProgressPattern::last_in(std::string_view text) const {
  std::array<re2::StringPiece, 3> found;
  const int groups = 1 + expression_->NumberOfCapturingGroups();
  std::optional<double> last;
  std::size_t at = 0;
  while (at <= text.size() &&
         expression_->Match(text, at, text.size(), RE2::UNANCHORED, found.data(), groups)) {
    const auto view = [](re2::StringPiece piece) {
      return std::string_view(piece.data(), piece.size());
    };
    const auto percent = percent_of(view(found[1]), groups > 2 ? view(found[2]) : "");
    if (percent) last = percent;
    const auto end = static_cast<std::size_t>(found[0].data() - text.data()) + found[0].size();
    at = found[0].empty() ? end + 1 : end;
  }
  return last;
}

std::optional<WrittenProgress> parse_written_progress(std::string_view bytes) {
  static const RE2 expression(R"(^\s*(\d+(?:\.\d+)?)\s*(?:/\s*(\d+)|%)?(?:\s+(.*))?\s*$)",
                              options());
  std::optional<WrittenProgress> last;
  for (const std::string_view line : lines_of(bytes)) {
    std::array<re2::StringPiece, 4> found;
    if (!expression.Match(line, 0, line.size(), RE2::UNANCHORED, found.data(), found.size())) {
      continue;
    }
    const auto percent =
        percent_of({found[1].data(), found[1].size()}, {found[2].data(), found[2].size()});
    if (!percent) continue;
    last = WrittenProgress{*percent, std::string(trimmed({found[3].data(), found[3].size()}))};
  }
  return last;
}

}  // namespace signalbox
