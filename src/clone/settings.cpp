#include "clone/settings.h"

// Hostile text reaches some of toml++ 3.3's assertions; without them it is a parse error.
#define TOML_ASSERT(expression) static_cast<void>(0)
#include <toml++/toml.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "base/checksum.h"
#include "base/text.h"
#include "clone/target.h"

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
  // `prefix`: of the sections' names, for messages.
  explicit Reader(const toml::table& table, std::string prefix = {})
      : table_(table), prefix_(std::move(prefix)) {}

  void text(const char* section, const char* key, std::string& value) {
    const auto node = table_[section][key];
    if (!node) return;
    if (const auto found = node.value_exact<std::string>()) {
      value = *found;
    } else {
      complain(section, key, "is not a text");
    }
  }
  void branch(const char* section, const char* key, std::string& value) {
    text(section, key, value);
    if (value.empty() || !complaint_.empty()) return;
    if (const auto checked = check_ref_name(value, "branch"); !checked) {
      complain(section, key, "cannot be used: " + checked.error().what);
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
  void positive(const char* section, const char* key, std::optional<double>& value) {
    const auto node = table_[section][key];
    if (!node) return;
    const auto found = node.value<double>();
    if (found && *found > 0 && *found < std::numeric_limits<double>::infinity()) {
      value = found;
    } else {
      complain(section, key, "is not a number above 0");
    }
  }
  template <class T>
  void duration(const char* section, const char* key, T& value) {
    const auto node = table_[section][key];
    if (!node) return;
    const auto text = node.value_exact<std::string>();
    if (const auto found = text ? parse_duration(*text) : std::nullopt) {
      value = *found;
    } else {
      complain(section, key, R"(is no duration as "90s", "30m", "2h" or "1d")");
    }
  }
  void schedule(const char* section, const char* key, std::optional<CronExpression>& value) {
    const auto node = table_[section][key];
    if (!node) return;
    const auto text = node.value_exact<std::string>();
    if (!text) return complain(section, key, "is not a text");
    auto found = CronExpression::parse(*text);
    if (!found) return complain(section, key, "cannot be used: " + found.error().what);
    value = *found;
  }
  void zone(const char* section, const char* key, std::string& value, int& line) {
    const auto node = table_[section][key];
    if (!node) return;
    text(section, key, value);
    line = static_cast<int>(node.node()->source().begin.line);
    if (!is_zone_name(value)) {
      complain(section, key, R"(is no time zone's name as "Europe/Berlin")");
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
  // Empty, or "line 7: publish.deadline is not ...".
  [[nodiscard]] const std::string& complaint() const { return complaint_; }

 private:
  void complain(const char* section, const char* key, const std::string& why) {
    if (!complaint_.empty()) return;
    complaint_ = "line " + std::to_string(table_[section][key].node()->source().begin.line) + ": " +
                 prefix_ + section + "." + key + " " + why;
  }
  const toml::table& table_;
  std::string prefix_;
  std::string complaint_;
};

// [jobs.<name>]; the complaint, or nothing.
std::string read_jobs(const toml::table& settings, std::map<JobName, JobSettings>& jobs) {
  const auto node = settings["jobs"];
  if (!node) return {};
  const auto place = [](const toml::node& at) {
    return "line " + std::to_string(at.source().begin.line) + ": ";
  };
  const toml::table* table = node.as_table();
  if (table == nullptr) return place(*node.node()) + "jobs is no table as [jobs.weather]";
  for (const auto& [key, value] : *table) {
    const auto job = JobName::parse(std::string_view(key));
    const std::string name = "jobs." + printable(std::string_view(key), 80);
    if (!job) return place(value) + name + " names no job: " + job.error().what;
    if (!value.is_table()) return place(value) + name + " is no table as [jobs.weather]";
    Reader reader(*table, "jobs.");
    JobSettings of_job;
    const char* section = job->text().c_str();
    reader.schedule(section, "schedule", of_job.schedule);
    reader.zone(section, "timezone", of_job.timezone, of_job.timezone_line);
    reader.duration(section, "grace", of_job.grace);
    reader.duration(section, "long_running", of_job.long_running);
    if (!reader.complaint().empty()) return reader.complaint();
    jobs.emplace(*job, std::move(of_job));
  }
  return {};
}

}  // namespace

Result<Settings> parse_settings(std::string_view text) {
  const auto table = parse(text, "signalbox.toml");
  if (!table) return std::unexpected(table.error());
  Settings settings;
  settings.digest = hex(crc32_of(text), 8) + "-" + std::to_string(text.size());
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
  reader.whole_number("alerts", "long_running_seconds", 60, 31'536'000, settings.long_running);
  reader.positive("alerts", "cpu_percent", settings.cpu_percent);
  reader.positive("alerts", "memory_mb", settings.memory_mb);
  reader.text("site", "title", settings.site_title);
  reader.branch("site", "branch", settings.site_branch);
  reader.text("site", "base_url", settings.site_base_url);
  std::string complaint = reader.complaint();
  if (complaint.empty()) complaint = read_jobs(*table, settings.jobs);
  if (!complaint.empty()) {
    return fail(ErrorKind::InvalidInput, "signalbox.toml, " + complaint,
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

[alerts]
# A run of more is too long, until five runs of the job have completed. Seconds, 60 to 31536000.
# long_running_seconds = 7200
# Above these an alert fires; without them none does.
# cpu_percent = 95
# memory_mb = 64000

# What is expected of a job: when it starts (cron's five fields, in a time zone; without one UTC),
# how late it may be, how long it may run. Durations as 90s, 30m, 2h, 1d.
# [jobs.weather]
# schedule = "30 6 * * mon-fri"
# timezone = "Europe/Berlin"
# grace = "30m"
# long_running = "2h"

[site]
# The title of the dashboard; without it the repository's name.
# title = "Our jobs"
# A branch of its own that publishers keep the dashboard on, for GitHub Pages and the like.
# branch = "gh-pages"
# The address it is shown at, for the links of its feed.
# base_url = "https://lab.github.io/monitor/"

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
