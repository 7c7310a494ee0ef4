#include "verify/past.h"

#include <algorithm>
#include <set>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "base/time.h"
#include "board/document.h"
#include "board/view.h"
#include "repository/segment.h"
#include "verify/authorship.h"
#include "verify/journal.h"

namespace signalbox {
namespace {

using Change = ObjectReader::Change;
using Commit = ObjectReader::Commit;

constexpr std::string_view health_prefix = "data/health/";
constexpr std::string_view details_prefix = "data/details/";
constexpr std::size_t health_limit = 16UL << 10U;  // bytes of a record
constexpr std::chrono::days health_kept{30};

std::string_view name_of(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

class PastWalk {
 public:
  PastWalk(const ObjectReader& objects, PastRequest& request, Findings& findings, Doubts& doubts)
      : objects_(objects),
        authorship_(objects),
        request_(request),
        findings_(findings),
        doubts_(doubts) {}

  Result<Past> walk() {
    for (std::string at = request_.tip; !at.empty() && at != request_.since;) {
      const auto commit = objects_.commit(at);
      if (!commit) return std::unexpected(commit.error());
      const auto parent = published_parent(*commit);
      if (!parent) return std::unexpected(parent.error());
      if (auto done = look_at(*commit, *parent); !done) return std::unexpected(done.error());
      request_.seen_tips.erase(at);
      ++past_.commits;
      if (request_.progress) request_.progress(past_.commits);
      at = *parent;
    }
    findings_.checked(Rule::Moved, past_.by_signalbox);
    if (past_.by_signalbox == 0) {
      findings_.violated(
          Rule::Moved,
          {.what = request_.tip.empty()     ? "the branch is not there"
                   : request_.since.empty() ? "the branch holds no commit of Signalbox"
                                            : "no commit of Signalbox since " + request_.since,
           .commit = request_.tip});
    }
    if (auto done = meet_older_tips(); !done) return std::unexpected(done.error());
    if (auto done = judge_seen_tips(); !done) return std::unexpected(done.error());
    for (auto& [file, replaced] : replaced_) {
      past_.replaced.try_emplace({file.first, replaced.digest}, std::move(replaced.commit));
    }
    return std::move(past_);
  }

 private:
  Result<std::string> published_parent(const Commit& commit) {
    if (commit.parents.empty()) return std::string();
    if (commit.parents.size() == 1) return commit.parents.front();
    const std::string history(history_directory);
    const auto merged = objects_.object_at(commit.id, history);
    if (!merged) return merged;
    for (const std::string& parent : commit.parents) {
      const auto held = objects_.object_at(parent, history);
      if (!held) return held;
      if (*held == *merged) return parent;
    }
    return commit.parents.front();
  }

  Status look_at(const Commit& commit, const std::string& parent) {
    const auto changes = objects_.changes(parent, commit.id);
    if (!changes) return std::unexpected(changes.error());
    const auto ours = authorship_.is_signalboxs(commit, *changes);
    if (!ours) return std::unexpected(ours.error());
    const bool is_merge = commit.parents.size() > 1;
    if (!*ours) {
      if (is_merge) ++past_.merges_by_people;
      if (is_merge) {
        if (auto done = look_at_merge(commit); !done) return done;
      }
      return look_at_foreign(commit, *changes);
    }
    ++past_.by_signalbox;
    findings_.checked(Rule::Linear);
    findings_.checked(Rule::Owned, changes->size());
    if (is_merge) {
      findings_.violated_earlier(Rule::Linear,
                                 {.what = "a commit of Signalbox is a merge", .commit = commit.id});
    }
    return look_at_ours(commit, *changes);
  }

  // A merge that has segments which none of its parents has all of: what publishers wrote to two
  // lines was joined afterwards, so one of them did not write to the branch.
  Status look_at_merge(const Commit& commit) {
    findings_.checked(Rule::Linear);
    std::set<std::string> histories;
    const std::string history(history_directory);
    const auto merged = objects_.object_at(commit.id, history);
    if (!merged) return std::unexpected(merged.error());
    for (const std::string& parent : commit.parents) {
      const auto held = objects_.object_at(parent, history);
      if (!held) return std::unexpected(held.error());
      if (*held == *merged) return {};
      histories.insert(*held);
    }
    if (histories.size() < 2) return {};  // the merge itself changed it: looked at elsewhere
    findings_.violated_earlier(Rule::Linear,
                               {.what = "a merge joins two lines that publishers wrote to",
                                .commit = commit.id,
                                .path = history});
    return {};
  }

  Status look_at_foreign(const Commit& commit, const std::vector<Change>& changes) {
    for (const Change& change : changes) {
      const auto job = job_of_view(change.path);
      if (!job || change.before.empty()) continue;
      // Who wrote over this version first was another program: it was gone before we came.
      replaced_.erase({job->text(), change.before});
      if (change.after.empty()) {
        past_.retired.try_emplace(job->text(), commit.id);
        continue;
      }
      const auto before = authorship_.revision(change.before);
      const auto after = authorship_.revision(change.after);
      if (!before) return std::unexpected(before.error());
      if (!after) return std::unexpected(after.error());
      if (!after->empty() && *after < *before) ++past_.set_back_by_people;
    }
    return {};
  }

  Status look_at_ours(const Commit& commit, const std::vector<Change>& changes) {
    const auto broken = [&](const Change& change, const std::string& what) {
      findings_.violated_earlier(Rule::Owned,
                                 {.what = what, .commit = commit.id, .path = change.path});
    };
    std::vector<const Change*> added, removed, health;
    for (const Change& change : changes) {
      if (const auto job = job_of_view(change.path)) {
        if (change.after.empty()) {
          broken(change, "a commit of Signalbox removed a view");
        } else if (auto done = look_at_view(commit, *job, change); !done) {
          return done;
        }
        if (auto done = note_replaced(commit, *job, change); !done) return done;
      } else if (is_segment(change.path)) {
        if (!change.before.empty() && !change.after.empty()) {
          broken(change, "a segment was changed, which never changes");
        } else {
          (change.after.empty() ? removed : added).push_back(&change);
        }
      } else if (change.path.starts_with(health_prefix)) {
        health.push_back(&change);
      } else if (!change.path.starts_with(details_prefix)) {
        broken(change, std::string("a commit of Signalbox ") +
                           (change.after.empty()    ? "removed"
                            : change.before.empty() ? "added"
                                                    : "changed") +
                           " a path that is not its own");
      }
    }
    if (auto done = look_at_health(commit, health); !done) return done;
    return look_at_segments(commit, added, removed);
  }

  // What stood in the view's place must have become an event; which, the history says.
  Status note_replaced(const Commit& commit, const JobName& job, const Change& change) {
    if (change.before.empty()) return {};
    const auto bytes = objects_.read(change.before, document_limit);
    if (!bytes && bytes.error().kind == ErrorKind::TooLarge) return {};
    if (!bytes) return std::unexpected(bytes.error());
    if (is_sealed(*bytes) || !parse_view(job, *bytes)) return {};
    replaced_.insert_or_assign({job.text(), change.before},
                               Replaced{content_digest(job, *bytes), commit.id});
    return {};
  }

  // A publisher writes the record of its own clone, and with it removes those of clones that were
  // not heard of for 30 days (docs/formats/health.md).
  Status look_at_health(const Commit& commit, const std::vector<const Change*>& changes) {
    const auto broken = [&](const Change& change, const char* what) {
      findings_.violated_earlier(Rule::Owned,
                                 {.what = what, .commit = commit.id, .path = change.path});
    };
    std::optional<UtcTime> now;
    for (const Change* change : changes) {
      if (change->after.empty()) continue;
      if (now) broken(*change, "a commit of Signalbox wrote the health of two clones");
      const auto time = time_of_record(change->after);
      if (!time) return std::unexpected(time.error());
      now = std::max(now.value_or(UtcTime{}), *time);
    }
    for (const Change* change : changes) {
      if (!change->after.empty()) continue;
      const auto time = time_of_record(change->before);
      if (!time) return std::unexpected(time.error());
      if (now && *now - *time > health_kept) continue;
      broken(*change, "a commit of Signalbox removed the health of a clone that is not forgotten");
    }
    return {};
  }

  // The epoch when it says none.
  Result<UtcTime> time_of_record(const std::string& blob) {
    const auto bytes = objects_.read(blob, health_limit);
    if (!bytes && bytes.error().kind == ErrorKind::TooLarge) return UtcTime{};
    if (!bytes) return std::unexpected(bytes.error());
    const auto record = parse_json(*bytes, {});
    if (!record || !record->is_object()) return UtcTime{};
    return parse_time(text_at(*record, "time")).value_or(UtcTime{});
  }

  Status look_at_view(const Commit& commit, const JobName& job, const Change& change) {
    const auto bytes = objects_.read(change.after, view_limit);
    if (!bytes && bytes.error().kind != ErrorKind::TooLarge) {
      return std::unexpected(bytes.error());
    }
    const EventId shown = bytes && is_sealed(*bytes) ? revision_of(*bytes) : EventId();
    if (shown.empty()) {
      findings_.violated_earlier(Rule::Owned,
                                 {.what = "a commit of Signalbox wrote a view that is none",
                                  .commit = commit.id,
                                  .path = change.path});
      return {};
    }
    findings_.checked(Rule::Forward);
    const auto [later, is_last] =
        later_.try_emplace(job.text(), Shown{.event = shown, .commit = commit.id});
    if (is_last) return {};
    if (later->second.event < shown) judge_step_back(job, *bytes, shown, later->second);
    if (shown <= later->second.event) later->second = {.event = shown, .commit = commit.id};
    return {};
  }

  struct Shown {
    EventId event;
    std::string commit;
  };

  // Only the end of a run that somebody named explains it, and one that is not shown itself.
  void judge_step_back(const JobName& job, std::string_view bytes, const EventId& from,
                       const Shown& to) {
    Violation violation{.what = "the job went back from " + from.text(),
                        .commit = to.commit,
                        .path = view_path(job),
                        .event = to.event.text()};
    const auto view = parse_view(job, bytes);
    const auto shown_then = PackedId::parse(to.event.text());
    if (view && shown_then && !ends_its_run(view->event) && is_named_run(view->event.run_id)) {
      doubts_.raise(Rule::Forward, job.text(), digest_of_run(view->event.run_id),
                    std::move(violation), *shown_then);
    } else {
      findings_.violated_earlier(Rule::Forward, std::move(violation));
    }
  }

  Status look_at_segments(const Commit& commit, const std::vector<const Change*>& added,
                          const std::vector<const Change*>& removed) {
    for (const Change* change : added) {
      const std::string_view name = name_of(change->path);
      if (change->is_file && name == segment_name(first_id_of(name), change->after)) continue;
      findings_.violated_earlier(Rule::Owned, {.what = "a segment's name does not fit its content",
                                               .commit = commit.id,
                                               .path = change->path});
    }
    if (removed.empty()) return {};
    // Compacted: each event must have moved into another file.
    std::vector<PackedId> kept;
    for (const Change* change : added) {
      auto done = for_each_id(change->after, [&](const PackedId& id) { kept.push_back(id); });
      if (!done) return done;
    }
    std::ranges::sort(kept);
    for (const Change* change : removed) {
      auto done = for_each_id(change->before, [&](const PackedId& id) {
        if (std::ranges::binary_search(kept, id)) return;
        findings_.violated_earlier(Rule::Owned, {.what = "a commit of Signalbox dropped an event",
                                                 .commit = commit.id,
                                                 .path = change->path,
                                                 .event = id.unpacked().text()});
      });
      if (!done) return done;
    }
    return {};
  }

  Status for_each_id(const std::string& blob, const std::function<void(const PackedId&)>& visit) {
    const auto bytes = objects_.read(blob, segment_limit);
    if (!bytes) return std::unexpected(bytes.error());
    for_each_line(*bytes, [&](std::string_view id, std::string_view) {
      if (const auto packed = PackedId::parse(id)) visit(*packed);
    });
    return {};
  }

  // Before the beginning of the check nothing is judged; the branch must hold it all the same.
  Status meet_older_tips() {
    for (std::string at = request_.since; !at.empty() && !request_.seen_tips.empty();) {
      request_.seen_tips.erase(at);
      const auto commit = objects_.commit(at);
      if (!commit) return std::unexpected(commit.error());
      const auto parent = published_parent(*commit);
      if (!parent) return std::unexpected(parent.error());
      at = *parent;
    }
    return {};
  }

  // Those that the walk did not meet: on a side line, or gone. One walk over all lines finds them.
  Status judge_seen_tips() {
    std::set<std::string> met;
    std::vector<std::string> waiting;
    if (!request_.tip.empty()) waiting.push_back(request_.tip);
    while (!waiting.empty() && !request_.seen_tips.empty()) {
      const std::string at = std::move(waiting.back());
      waiting.pop_back();
      if (!met.insert(at).second) continue;
      request_.seen_tips.erase(at);
      const auto commit = objects_.commit(at);
      if (!commit) return std::unexpected(commit.error());
      waiting.insert(waiting.end(), commit->parents.begin(), commit->parents.end());
    }
    for (const auto& [seen, said_by] : request_.seen_tips) {
      findings_.violated(Rule::NoForcePush, {.what = "the branch was seen at this commit (" +
                                                     said_by + ") and no longer holds it",
                                             .commit = seen});
    }
    return {};
  }

  const ObjectReader& objects_;
  const Authorship authorship_;
  PastRequest& request_;
  Findings& findings_;
  Doubts& doubts_;
  Past past_;
  std::map<std::string, Shown> later_;  // the oldest event that a later commit shows, of each job
  struct Replaced {
    std::uint64_t digest = 0;
    std::string commit;
  };
  std::map<std::pair<std::string, std::string>, Replaced> replaced_;  // by job and blob
};

}  // namespace

Result<Past> check_past(const ObjectReader& objects, PastRequest request, Findings& findings,
                        Doubts& doubts) {
  findings.checked(Rule::NoForcePush, request.seen_tips.size());
  return PastWalk(objects, request, findings, doubts).walk();
}

}  // namespace signalbox
