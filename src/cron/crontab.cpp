#include "cron/crontab.h"

#include "base/text.h"
#include "cron/quoting.h"
#include "os/process.h"

namespace signalbox {
namespace {

constexpr std::size_t crontab_limit = 1UL << 20U;
constexpr std::chrono::seconds patience{10};

// Of the predecessor, and of ours.
constexpr std::string_view sync_words[] = {"slurm_dashboard_sync", "sync_dashboard_cron",
                                           "cluster_sync", "locked_git_sync", "signalbox sync"};

Result<std::string> run_crontab(std::vector<std::string> arguments, const std::string& input) {
  arguments.insert(arguments.begin(), "crontab");
  const auto result = os::run({.arguments = std::move(arguments),
                               .environment = {{"LC_ALL", "C"}},
                               .timeout = patience,
                               .output_limit = crontab_limit + 1,
                               .input = input});
  if (!result) return std::unexpected(result.error());
  if (result->timed_out) return fail(ErrorKind::TimedOut, "'crontab' did not answer");
  if (result->exit_status != 0) {
    if (result->errors.find("no crontab for") != std::string::npos) return std::string();
    return fail(ErrorKind::InputOutput,
                "'crontab' failed: " + printable(trimmed(result->errors), 300),
                "type 'crontab -l' to see why");
  }
  return result->output;
}

std::string quoted(const std::string& text) {
  return escaped_for_cron(shell_quoted(text));
}

// A path as people write it in a crontab, made absolute: ~, $HOME and ${HOME} at its start.
std::string with_home(std::string_view line, const std::string& home) {
  std::string out(line);
  for (const std::string_view form : {"~/", "$HOME/", "${HOME}/"}) {
    for (auto at = out.find(form); at != std::string::npos; at = out.find(form, at + 1)) {
      out.replace(at, form.size(), home + "/");
    }
  }
  return out;
}

bool names_directory(std::string_view line, const std::string& directory) {
  for (auto at = line.find(directory); at != std::string_view::npos;
       at = line.find(directory, at + 1)) {
    const auto after = at + directory.size();
    if (after == line.size() ||
        std::string_view(" \t/'\";&|)").find(line[after]) != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace

Result<std::string> Crontab::read() const {
  if (!file_.empty()) return fs_.read(file_, crontab_limit);
  auto text = run_crontab({"-l"}, {});
  if (text && text->size() > crontab_limit) {
    return fail(ErrorKind::TooLarge, "the crontab is larger than 1 MiB");
  }
  return text;
}

Status Crontab::replace(const std::string& before, const std::string& after) {
  const auto now = read();
  if (!now) return std::unexpected(now.error());
  if (*now != before) {
    return fail(ErrorKind::Busy, "the crontab was changed by another program meanwhile",
                "run it again");
  }
  if (!file_.empty()) return os::replace_file(fs_, file_, after);
  if (auto done = run_crontab({"-"}, after); !done) return std::unexpected(done.error());
  const auto installed = read();
  if (!installed) return std::unexpected(installed.error());
  if (*installed == after) return {};
  return fail(ErrorKind::InputOutput, "the crontab is not as it was installed",
              "look at 'crontab -l'");
}

Result<CronEntry> sync_entry(const std::string& worktree, const std::string& program,
                             bool has_sbatch) {
  if ((worktree + program).find('\n') != std::string::npos) {
    return fail(ErrorKind::InvalidInput, "a path with a newline cannot stand in a crontab");
  }
  return CronEntry{
      .mark =
          "# signalbox: syncs " + worktree + "; 'signalbox migrate undo' takes these two lines out",
      .line = "*/15 * * * * cd " + quoted(worktree) + " && SIGNALBOX_BIN=" + quoted(program) +
              (has_sbatch ? " sbatch" : "") + " scripts/slurm_dashboard_sync.sh >/dev/null"};
}

std::string find_sync_line(std::string_view crontab, const std::string& worktree,
                           const std::string& home) {
  for (const std::string_view line : lines_of(crontab)) {
    if (trimmed(line).starts_with('#')) continue;
    const std::string absolute = with_home(line, home);
    const bool is_about_it =
        names_directory(absolute, worktree) || absolute.contains(quoted(worktree));
    if (!is_about_it) continue;
    for (const std::string_view word : sync_words) {
      if (line.find(word) != std::string_view::npos) return std::string(trimmed(line));
    }
  }
  return {};
}

std::string with_entry(std::string_view crontab, const CronEntry& entry) {
  std::string text(crontab);
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  return text + entry.mark + "\n" + entry.line + "\n";
}

std::string without_entry(std::string_view crontab, const CronEntry& entry,
                          bool was_without_newline) {
  std::string text(crontab);
  const std::string ours = entry.mark + "\n" + entry.line + "\n";
  auto at = text.find(ours);
  while (at != std::string::npos && at > 0 && text[at - 1] != '\n') at = text.find(ours, at + 1);
  if (at == std::string::npos) return text;
  text.erase(at, ours.size());
  if (was_without_newline && at == text.size() && text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace signalbox
