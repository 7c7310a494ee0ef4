#include "clone/settings.h"

// Hostile text reaches some of toml++ 3.3's assertions; without them it is a parse error.
#define TOML_ASSERT(expression) static_cast<void>(0)
#include <toml++/toml.h>

#include <algorithm>
#include <bit>

#include "base/text.h"

namespace signalbox {
namespace {

std::unexpected<Error> no_text(const std::string& file) {
  return fail(ErrorKind::InvalidInput, file + " is not a text file", "mend the file");
}

// toml++ 3.3 does not survive every control character and every letter outside of ASCII: the former
// are refused, as TOML asks, the latter become escapes, which mean the same between double quotes.
Result<std::string> to_ascii(std::string_view text, const std::string& file) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (valid_utf8(text) != text) return no_text(file);
  std::string ascii;
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const bool is_space = lead == '\n' || lead == '\r' || lead == '\t';
    if ((lead < 0x20 && !is_space) || lead == 0x7F) return no_text(file);
    const auto length = static_cast<std::size_t>(std::max(std::countl_one(lead), 1));
    if (length == 1) {
      ascii += text[at];
    } else {
      std::uint32_t letter = lead & (0x7FU >> length);
      for (const char c : text.substr(at + 1, length - 1)) {
        letter = letter << 6 | (static_cast<unsigned char>(c) & 0x3F);
      }
      ascii += "\\U" + hex(letter, 8);
    }
    at += length;
  }
  return ascii;
}

Result<toml::table> parse(std::string_view text, const std::string& file) {
  const auto ascii = to_ascii(text, file);
  if (!ascii) return std::unexpected(ascii.error());
  toml::parse_result parsed = toml::parse(*ascii);
  if (!parsed) {
    return fail(ErrorKind::InvalidInput,
                file + ", line " + std::to_string(parsed.error().source().begin.line) + ": " +
                    printable(parsed.error().description()),
                "mend the file or take the line out");
  }
  return std::move(parsed).table();
}

// Reads one key of a table; an error when it has the wrong type or is out of range.
class Reader {
 public:
  explicit Reader(const toml::table& table) : table_(table) {}

  void text(const char* section, const char* key, std::string& value) {
    const auto node = table_[section][key];
    if (!node) return;
    if (const auto found = node.value_exact<std::string>()) {
      value = *found;
    } else {
      complain(section, key, "is not a text");
    }
  }
  void boolean(const char* section, const char* key, bool& value) {
    const auto node = table_[section][key];
    if (!node) return;
    if (const auto found = node.value_exact<bool>()) {
      value = *found;
    } else {
      complain(section, key, "is neither true nor false");
    }
  }
  void texts(const char* section, const char* key, std::vector<std::string>& values) {
    const auto node = table_[section][key];
    if (!node) return;
    const toml::array* array = node.as_array();
    if (array == nullptr) return complain(section, key, "is not a list of texts");
    for (const toml::node& element : *array) {
      const auto text = element.value_exact<std::string>();
      if (!text) return complain(section, key, "is not a list of texts");
      values.push_back(*text);
    }
  }
  template <class T>
  void whole_number(const char* section, const char* key, std::int64_t least, std::int64_t most,
                    T& value) {
    const auto node = table_[section][key];
    if (!node) return;
    const auto found = node.value_exact<std::int64_t>();
    if (found && *found >= least && *found <= most) {
      value = T{static_cast<int>(*found)};
    } else {
      complain(
          section, key,
          "is not a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    }
  }
  [[nodiscard]] const std::string& complaint() const { return complaint_; }

 private:
  void complain(const char* section, const char* key, const std::string& why) {
    if (complaint_.empty()) complaint_ = std::string(section) + "." + key + " " + why;
  }
  const toml::table& table_;
  std::string complaint_;
};

}  // namespace

Result<Settings> parse_settings(std::string_view text) {
  const auto table = parse(text, "signalbox.toml");
  if (!table) return std::unexpected(table.error());
  Settings settings;
  Reader reader(*table);
  reader.text("publish", "branch", settings.branch);
  reader.text("publish", "remote", settings.remote);
  reader.whole_number("publish", "pushes_per_minute", 1, 600, settings.pushes_per_minute);
  reader.whole_number("publish", "push_timeout", 1, 3600, settings.push_timeout);
  reader.whole_number("publish", "deadline", 1, 3600, settings.publish_deadline);
  reader.whole_number("retention", "thin_after_days", 0, 36500, settings.thin_after_days);
  reader.whole_number("health", "interval_hours", 0, 168, settings.health_interval);
  reader.whole_number("doctor", "silent_hours", 1, 8760, settings.silent_after);
  reader.boolean("slurm", "reconcile", settings.slurm_reconcile);
  reader.whole_number("slurm", "interval", 60, 86400, settings.slurm_interval);
  reader.whole_number("slurm", "timeout", 1, 300, settings.slurm_timeout);
  reader.texts("secrets", "patterns", settings.secret_patterns);
  if (!reader.complaint().empty()) {
    return fail(ErrorKind::InvalidInput, "signalbox.toml: " + reader.complaint(),
                "mend the value or take the line out");
  }
  return settings;
}

Result<std::string> parse_user_config(std::string_view text) {
  const auto table = parse(text, "config.toml");
  if (!table) return std::unexpected(table.error());
  return (*table)["repository"].value_or(std::string());
}

std::string settings_template() {
  return R"(# Settings of Signalbox for everybody who clones this repository.
# Every line is optional; what is commented out shows the default.

[retention]
# Days after which the progress reports between the first and the last of a run's hour are thinned
# to their ids; changes of status and ends stay. 0: never. 0 to 36500.
# thin_after_days = 30

[health]
# Each clone that syncs says at least so often in data/health/ that it lives, so that one that
# stalled is seen elsewhere. Hours, 0 to 168; 0: never.
# interval_hours = 6

[doctor]
# Hours until `signalbox doctor` calls a running job that says nothing silent. 1 to 8760.
# silent_hours = 24

[slurm]
# Whether a sync asks SLURM about the jobs that say they run or wait.
# reconcile = true
# At least so many seconds between two questions from one clone: controllers are shared. 60 to 86400.
# interval = 300
# Seconds that a command of SLURM may take. 1 to 300.
# timeout = 10

[secrets]
# What is masked in logs, messages and fields besides common tokens, keys and passwords: RE2
# expressions. Of one with groups, what they catch is masked.
# patterns = ['lab-[0-9a-f]{32}', 'pin=(\d+)']

[publish]
# The branch that holds the jobs' status; without it the remote's default branch.
# branch = "main"
# The remote to publish to; without it "origin". None at all: the local branch.
# remote = "origin"
# At most so many pushes a minute from one clone (GitHub recommends 6 a repository).
# Ends of runs go first, progress waits its turn. 1 to 600.
# pushes_per_minute = 6
# Seconds until a fetch or push that does not answer is ended. 1 to 3600.
# push_timeout = 60
# Seconds until a publish that keeps losing races stops and leaves the rest for later. 1 to 3600.
# deadline = 120
)";
}

}  // namespace signalbox
