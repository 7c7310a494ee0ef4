#include "verify/past.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "board/view.h"
#include "repository/segment.h"
#include "verify/journal.h"

namespace signalbox {
namespace {

using Change = ObjectReader::Change;
using Commit = ObjectReader::Commit;

constexpr std::string_view status_prefix = "data/status/";
constexpr std::string_view history_prefix = "data/history/";
constexpr std::string_view health_prefix = "data/health/";
constexpr std::string_view details_prefix = "data/details/";

// "2025/08/17/06" or, of a whole day, "2025/08/17".
bool is_hour_or_day(std::string_view directory) {
  constexpr std::string_view form = "YYYY/MM/DD/HH";
  if (directory.size() != form.size() && directory.size() != form.size() - 3) return false;
  for (std::size_t i = 0; i < directory.size(); ++i) {
    const bool is_digit = directory[i] >= '0' && directory[i] <= '9';
    if (form[i] == '/' ? directory[i] != '/' : !is_digit) return false;
  }
  return true;
}

bool is_segment(std::string_view path) {
  if (!path.starts_with(history_prefix)) return false;
  path.remove_prefix(history_prefix.size());
  const auto slash = path.rfind('/');
  return slash != std::string_view::npos && is_hour_or_day(path.substr(0, slash)) &&
         !first_id_of(path.substr(slash + 1)).empty();
}

std::string_view name_of(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

std::optional<JobName> job_of_view(std::string_view path) {
  if (!path.starts_with(status_prefix)) return std::nullopt;
  return job_of_status_file(path.substr(status_prefix.size()));
}

bool is_healing_message(std::string_view subject) {
  return subject.starts_with("Bring ") && subject.ends_with(" up to the newest report");
}

class PastWalk {
 public:
  PastWalk(const ObjectReader& objects, PastRequest& request, Findings& findings, Doubts& doubts)
      : objects_(objects), request_(request), findings_(findings), doubts_(doubts) {}

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
    const auto ours = is_signalbox(commit, *changes);
    if (!ours) return std::unexpected(ours.error());
    const bool is_merge = commit.parents.size() > 1;
    if (!*ours) {
      if (is_merge) ++past_.merges_by_people;
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

  Result<bool> is_signalbox(const Commit& commit, const std::vector<Change>& changes) {
    if (commit.parents.size() < 2 && is_healing_message(commit.subject)) return true;
    const bool is_merge = commit.parents.size() > 1;
    for (const Change& change : changes) {
      const bool is_health = change.path.starts_with(health_prefix);
      if ((!change.after.empty() && !change.is_file) || (!is_health && !is_segment(change.path))) {
        continue;
      }
      // Nobody else has a reason to touch a segment, and who does so breaks a promise of ours.
      const bool is_written = !change.after.empty() && (is_health || change.before.empty());
      if (!is_written && (is_health || is_merge)) continue;
      const auto merged = comes_from_a_parent(commit, change);
      if (!merged) return merged;
      if (!*merged) return true;
    }
    return false;
  }

  // What a merge takes over from another parent was committed there.
  Result<bool> comes_from_a_parent(const Commit& commit, const Change& change) {
    if (commit.parents.size() < 2) return false;
    for (const std::string& parent : commit.parents) {
      const auto held = objects_.object_at(parent, change.path);
      if (!held) return std::unexpected(held.error());
      if (*held == change.after) return true;
    }
    return false;
  }

  Status look_at_foreign(const Commit& commit, const std::vector<Change>& changes) {
    for (const Change& change : changes) {
      const auto job = job_of_view(change.path);
      if (!job || change.before.empty()) continue;
      if (change.after.empty()) {
        past_.retired.try_emplace(job->text(), commit.id);
        continue;
      }
      const auto before = revision(change.before);
      const auto after = revision(change.after);
      if (!before) return std::unexpected(before.error());
      if (!after) return std::unexpected(after.error());
      if (!after->empty() && *after < *before) ++past_.set_back_by_people;
    }
    return {};
  }

  // The event that a sealed view shows; none of any other file.
  Result<EventId> revision(const std::string& blob) {
    const auto bytes = objects_.read(blob, view_limit);
    if (!bytes && bytes.error().kind == ErrorKind::TooLarge) return EventId();
    if (!bytes) return std::unexpected(bytes.error());
    return is_sealed(*bytes) ? revision_of(*bytes) : EventId();
  }

  Status look_at_ours(const Commit& commit, const std::vector<Change>& changes) {
    const auto broken = [&](const Change& change, const std::string& what) {
      findings_.violated_earlier(Rule::Owned,
                                 {.what = what, .commit = commit.id, .path = change.path});
    };
    std::vector<const Change*> added, removed;
    for (const Change& change : changes) {
      if (const auto job = job_of_view(change.path)) {
        if (change.after.empty()) {
          broken(change, "a commit of Signalbox removed a view");
        } else if (auto done = look_at_view(commit, *job, change); !done) {
          return done;
        }
      } else if (is_segment(change.path)) {
        if (!change.before.empty() && !change.after.empty()) {
          broken(change, "a segment was changed, which never changes");
        } else {
          (change.after.empty() ? removed : added).push_back(&change);
        }
      } else if (!change.path.starts_with(health_prefix) &&
                 !change.path.starts_with(details_prefix)) {
        broken(change, std::string("a commit of Signalbox ") +
                           (change.after.empty()    ? "removed"
                            : change.before.empty() ? "added"
                                                    : "changed") +
                           " a path that is not its own");
      }
    }
    return look_at_segments(commit, added, removed);
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
    if (view && shown_then && !is_terminal(view->event.status) &&
        is_named_run(view->event.run_id)) {
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
  PastRequest& request_;
  Findings& findings_;
  Doubts& doubts_;
  Past past_;
  std::map<std::string, Shown> later_;  // the oldest event that a later commit shows, of each job
};

}  // namespace

Result<Past> check_past(const ObjectReader& objects, PastRequest request, Findings& findings,
                        Doubts& doubts) {
  findings.checked(Rule::NoForcePush, request.seen_tips.size());
  return PastWalk(objects, request, findings, doubts).walk();
}

}  // namespace signalbox
