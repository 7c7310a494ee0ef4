#include "verify/verify.h"

#include <algorithm>

#include "base/text.h"
#include "verify/traces.h"

namespace signalbox {
namespace {

using SeenTips = std::map<std::string, std::string>;

void check_acknowledged(const Journal& journal, Findings& findings) {
  const auto& all = journal.acknowledgements();
  findings.checked(Rule::Acknowledged, all.size());
  if (all.empty()) {
    findings.violated(Rule::Acknowledged, {.what = "the writers acknowledged nothing"});
  }
  for (std::size_t i = 1; i < all.size(); ++i) {
    if (all[i].id != all[i - 1].id) continue;
    findings.violated(Rule::Acknowledged, {.what = "two acknowledgements have one id",
                                           .event = all[i].id.unpacked().text()});
  }
}

Result<SeenTips> collect_seen_tips(os::FileSystem& fs, const Journal& journal,
                                   const VerifyRequest& request) {
  SeenTips seen;
  for (const std::string& tip : journal.tips()) seen.try_emplace(tip, "the journal");
  for (const std::string& tip : request.tips) seen.try_emplace(tip, "the list of tips");
  const RemoteBranch& remote = request.remote;
  if (remote.itself) {
    auto done =
        add_reflog(fs, *remote.itself, "refs/heads/" + remote.branch, "the remote's reflog", seen);
    if (!done) return std::unexpected(done.error());
  }
  for (const Clone& clone : request.clones) {
    auto done = add_reflog(fs, clone, "refs/remotes/origin/" + remote.branch,
                           "the reflog of a clone", seen);
    if (!done) return std::unexpected(done.error());
  }
  return seen;
}

Status check_stashes(os::FileSystem& fs, const VerifyRequest& request, Findings& findings) {
  if (request.remote.itself) {
    if (auto done = check_stash(fs, *request.remote.itself, findings); !done) return done;
  }
  for (const Clone& clone : request.clones) {
    if (auto done = check_stash(fs, clone, findings); !done) return done;
  }
  return {};
}

// Where the check begins: the commit that `words` name, when the branch holds it. One that is gone
// is a violation, and then the whole past is looked at.
Result<std::string> beginning(const ObjectReader& objects, const std::string& words,
                              const std::string& tip, SeenTips& seen) {
  if (words.empty()) return words;
  auto named = objects.commit_named(words);
  if (!named && is_commit_id(words)) named = words;
  if (!named) {
    return fail(ErrorKind::InvalidInput, named.error().what,
                "--since takes a commit of the branch");
  }
  seen.try_emplace(*named, "--since");
  if (tip.empty() || !objects.has_commit(*named)) return std::string();
  const auto held = objects.descends_from(tip, *named);
  if (!held) return std::unexpected(held.error());
  return *held ? *named : std::string();
}

}  // namespace

bool Verdict::proven() const {
  return std::ranges::all_of(
      rule_texts(), [&](const RuleText& text) { return findings.of(text.rule).violations == 0; });
}

const std::array<RuleText, number_of_rules>& rule_texts() {
  static constexpr std::array<RuleText, number_of_rules> texts = {{
      {Rule::Acknowledged, "acknowledged", "writers acknowledged reports"},
      {Rule::Moved, "moved", "a publisher moved the branch"},
      {Rule::Published, "published", "what was acknowledged is published"},
      {Rule::Once, "once", "nothing is published twice"},
      {Rule::Newest, "newest", "views show the newest reports"},
      {Rule::Forward, "forward", "no job ever went back"},
      {Rule::Owned, "owned", "nothing of others was changed or lost"},
      {Rule::NoForcePush, "no-force-push", "the branch holds all it was seen at"},
      {Rule::NoStash, "no-stash", "nobody's work was stashed away"},
      {Rule::Linear, "linear", "no commit of Signalbox is a merge"},
  }};
  return texts;
}

Result<Verdict> verify(os::FileSystem& fs, const Journal& journal, const VerifyRequest& request) {
  const auto objects = ObjectReader::open(request.remote.repository.common_directory);
  if (!objects) return std::unexpected(objects.error());
  auto tip = objects->commit_at(request.remote.ref);
  if (!tip) return std::unexpected(tip.error());
  auto seen = collect_seen_tips(fs, journal, request);
  if (!seen) return std::unexpected(seen.error());
  auto since = beginning(*objects, request.since, *tip, *seen);
  if (!since) return std::unexpected(since.error());

  Verdict verdict{.tip = *std::move(tip), .since = *std::move(since)};
  check_acknowledged(journal, verdict.findings);
  if (auto done = check_stashes(fs, request, verdict.findings); !done) {
    return std::unexpected(done.error());
  }
  Doubts doubts;
  auto past = check_past(*objects,
                         {.tip = verdict.tip,
                          .since = verdict.since,
                          .seen_tips = *std::move(seen),
                          .progress = request.walked},
                         verdict.findings, doubts);
  if (!past) return std::unexpected(past.error());
  verdict.past = *std::move(past);
  const auto present = check_present(
      *objects, {.tip = verdict.tip, .since = verdict.since, .progress = request.read_days},
      journal, verdict.past, verdict.findings, doubts);
  if (!present) return std::unexpected(present.error());
  verdict.present = *present;
  return verdict;
}

}  // namespace signalbox
