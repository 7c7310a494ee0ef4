#include "race/verdict.h"

#include <algorithm>

#include "base/text.h"
#include "os/process.h"
#include "transport/git_remote.h"
#include "verify/verify.h"

namespace signalbox {
namespace {

constexpr std::size_t journal_limit = 64UL << 20U;
constexpr std::size_t most_examples = 3;

std::string line_of(const RuleText& rule, const Violation& violation) {
  std::string line = std::string(rule.name) + ": " + violation.what;
  if (!violation.event.empty()) line += ", event " + violation.event;
  if (!violation.commit.empty()) line += ", commit " + violation.commit.substr(0, 10);
  if (!violation.path.empty()) line += ", " + violation.path;
  return line;
}

Status judge_signalbox(os::FileSystem& fs, const Stage& stage, const std::string& repository,
                       RaceResult& result) {
  const auto journal = Journal::read(fs, stage.journal());
  if (!journal) return std::unexpected(journal.error());
  auto remote = open_remote(fs, repository, stage.branch());
  if (!remote) return std::unexpected(remote.error());
  const auto verdict =
      verify(fs, *journal, {.remote = *std::move(remote), .clones = stage.clones()});
  if (!verdict) return std::unexpected(verdict.error());
  result.proven = verdict->proven();
  result.published = verdict->present.events;
  result.lost = verdict->findings.of(Rule::Published).violations;
  result.doubled = verdict->findings.of(Rule::Once).violations;
  result.backwards = verdict->findings.of(Rule::Forward).violations;
  result.commits = verdict->past.commits;
  result.commits_by_people = verdict->past.commits - verdict->past.by_signalbox;
  for (const RuleText& rule : rule_texts()) {
    const Finding& finding = verdict->findings.of(rule.rule);
    if (finding.first) result.violations.push_back(line_of(rule, *finding.first));
  }
  return {};
}

// "JOB NUMBER" a line, sorted. Of a journal the last one may be torn.
std::vector<std::string> updates_in(std::string_view text) {
  text = text.substr(0, text.rfind('\n') + 1);
  std::vector<std::string> updates;
  for (const std::string_view line : lines_of(text)) {
    if (!line.empty()) updates.emplace_back(line);
  }
  return updates;
}

Status judge_predecessor(os::FileSystem& fs, const Stage& stage, const std::string& repository,
                         RaceResult& result) {
  const auto run =
      os::run({.arguments = {"bash", stage.script("published.sh"), repository, stage.branch()},
               .output_limit = journal_limit});
  if (!run) return std::unexpected(run.error());
  if (run->exit_status != 0) {
    return fail(ErrorKind::InputOutput,
                "the branch's history could not be read: " + redacted(run->errors));
  }
  const std::string_view output = run->output;
  const auto first_line = output.substr(0, output.find('\n'));
  result.commits = static_cast<std::uint64_t>(parse_number(first_line).value_or(0));
  std::vector<std::string> arrived = updates_in(output.substr(first_line.size()));
  std::ranges::sort(arrived);
  const auto files = fs.list(stage.journal());
  if (!files) return std::unexpected(files.error());
  for (const std::string& name : *files) {
    const auto text = fs.read(stage.journal() + "/" + name, journal_limit);
    if (!text) return std::unexpected(text.error());
    for (const std::string& update : updates_in(*text)) {
      if (std::ranges::binary_search(arrived, update)) {
        ++result.published;
      } else {
        ++result.lost;
        if (result.violations.size() < most_examples) {
          result.violations.push_back("lost: update " + update + " is in no commit of the branch");
        }
      }
    }
  }
  result.proven = result.lost == 0 && result.acknowledged > 0;
  return {};
}

}  // namespace

Status judge(os::FileSystem& fs, const Stage& stage, const std::string& repository,
             Protocol protocol, RaceResult& result) {
  return protocol == Protocol::Signalbox ? judge_signalbox(fs, stage, repository, result)
                                         : judge_predecessor(fs, stage, repository, result);
}

}  // namespace signalbox
