#include "intake/report.h"

#include <algorithm>

#include "base/text.h"
#include "board/fold.h"
#include "board/view.h"
#include "clone/target.h"
#include "os/entropy.h"
#include "os/host.h"

namespace signalbox {
namespace {

constexpr int refresh_tries = 3;
constexpr std::size_t home_batch = 1000;
// A file that cannot be parsed may be in the middle of being written; after a minute it is not.
constexpr std::chrono::minutes half_written_age{1};
constexpr const char* unassigned = "unassigned";

// A worktree's data directory must be a real directory: through a symbolic link a repository that
// somebody else wrote could make us replace files elsewhere.
bool is_real_directory(os::FileSystem& fs, const std::string& path) {
  const auto found = fs.status(path);
  return found && found->type == os::FileType::Directory;
}

bool may_replace_unreadable(os::FileSystem& fs, const std::string& path, UtcTime now) {
  const auto found = fs.status(path);
  return found && found->type == os::FileType::Regular && now - found->modified > half_written_age;
}

}  // namespace

std::string view_directory(os::FileSystem& fs, const Clone& clone) {
  const std::string own = clone.own_directory() + "/views";
  if (clone.worktree.empty()) return own;
  const auto branch = head_branch(fs, clone);
  if (!branch) return own;
  const auto target = cached_target(fs, clone);
  if (target && target->branch != *branch) return own;
  const std::string data = clone.worktree + "/data";
  if (!is_real_directory(fs, data) || !is_real_directory(fs, data + "/status")) return own;
  return data + "/status";
}

std::vector<std::string> fallback_spools(const std::optional<Clone>& clone,
                                         const std::string& asked) {
  std::vector<std::string> directories;
  const auto add = [&](const std::string& path) {
    if (auto directory = fallback_spool_directory(path)) directories.push_back(*directory);
  };
  if (clone) {
    add(clone->common_directory);
    if (!clone->worktree.empty()) add(clone->worktree);
  }
  if (!asked.empty()) add(absolute_path(asked));
  add(unassigned);
  std::ranges::sort(directories);
  const auto repeated = std::ranges::unique(directories);
  directories.erase(repeated.begin(), repeated.end());
  return directories;
}

Intake::Intake(os::FileSystem& fs, os::Clock& clock, std::optional<Clone> clone, std::string asked)
    : fs_(fs), clock_(clock), clone_(std::move(clone)), asked_(std::move(asked)) {
  if (clone_) view_directory_ = view_directory(fs_, *clone_);
}

std::optional<Event> Intake::current_view(const JobName& job, Spool& spool,
                                          const SeenBefore& seen_before, Recorded& recorded) {
  view_is_foreign_ = false;
  if (view_directory_.empty()) return std::nullopt;
  const std::string path = view_directory_ + "/" + job.text() + ".json";
  const auto bytes = fs_.read(path, document_limit);
  if (!bytes) {
    view_is_foreign_ = bytes.error().kind != ErrorKind::NotFound;
    return std::nullopt;
  }
  const auto document = parse_view(job, *bytes);
  if (!document) {
    view_is_foreign_ = !may_replace_unreadable(fs_, path, clock_.wall());
    if (view_is_foreign_) {
      recorded.warnings.push_back("'" + path + "' was left as it is: " + document.error().what);
    }
    return std::nullopt;
  }
  if (document->sealed) return document->event;
  const auto found = fs_.status(path);
  const UtcTime modified = found ? time_of_file(found->modified) : clock_.wall();
  const auto adopted = adopt_document(*document, *bytes, modified, spool, seen_before);
  if (!adopted) {
    // Not recorded anywhere yet, so it must stay where its writer put it.
    view_is_foreign_ = true;
    recorded.warnings.push_back("'" + path + "' was left as it is: " + adopted.error().what);
  }
  return adopted && *adopted ? **adopted : event_from_document(*document, *bytes, modified);
}

// The revision that a file shows now; below every real one when it shows none.
EventId Intake::shown_revision(const std::string& path) {
  const auto bytes = fs_.read(path, document_limit);
  return bytes ? revision_of(*bytes) : EventId{};
}

// `before`: the sealed view that was there when the report was composed.
void Intake::refresh_view(const Event& event, const std::optional<Event>& before,
                          Recorded& recorded) {
  if (view_directory_.empty() || view_is_foreign_) return;
  const std::vector<Event> known = before ? std::vector{*before, event} : std::vector{event};
  const auto view = fold(known);
  if (!view || view->id != event.id) return;  // the end of its run is shown already
  const std::string path = view_directory_ + "/" + event.job.text() + ".json";
  for (int attempt = 0; attempt < refresh_tries; ++attempt) {
    if (shown_revision(path) > event.id) return;
    auto done = os::replace_file(fs_, path, render_view(event));
    if (!done && done.error().kind == ErrorKind::NotFound) {
      done = os::make_directories(fs_, view_directory_);
      if (done) continue;
    }
    if (!done) {
      recorded.warnings.push_back("the view was not refreshed: " + done.error().what);
      return;
    }
    // Another report may have renamed its own view over the old one, and ours over that or that
    // over ours: the greater revision stays.
    if (shown_revision(path) >= event.id) return;
  }
}

Status Intake::append(const Event& event, Recorded& recorded) {
  Error first{ErrorKind::NotFound, "no repository was found",
              "name it with -C, $SIGNALBOX_REPO or $MONITOR_PATH"};
  if (clone_) {
    auto done = Spool(fs_, clone_->spool_directory()).append(event);
    if (done) {
      recorded.where = RecordedIn::Clone;
      return done;
    }
    first = done.error();
    if (first.kind == ErrorKind::InvalidInput) return done;
  } else if (!asked_.empty()) {
    first.what = "there is no repository at '" + printable(asked_) + "'";
  }
  const auto fallback = fallback_spool_directory(
      clone_ ? clone_->common_directory : (asked_.empty() ? unassigned : absolute_path(asked_)));
  const auto second =
      fallback ? Spool(fs_, *fallback).append(event) : Status(std::unexpected(fallback.error()));
  if (!second) {
    return fail(first.kind, first.what + "; and the fallback failed too: " + second.error().what,
                first.advice);
  }
  recorded.where = RecordedIn::UserState;
  recorded.warnings.push_back(first.what + "; the report waits in '" + *fallback +
                              "' until the next report or sync brings it home");
  return {};
}

Result<Recorded> Intake::report(const Event& said, const SeenBefore& seen_before) {
  Recorded recorded{.event = said};
  std::optional<Event> current;
  if (clone_) {
    Spool spool(fs_, clone_->spool_directory());
    current = current_view(said.job, spool, seen_before, recorded);
  }
  const Reporter reporter{
      .now = clock_.wall(), .host = os::host_name(), .random = os::random_bits()};
  recorded.event = compose(said, current, reporter);
  if (auto done = append(recorded.event, recorded); !done) return std::unexpected(done.error());
  refresh_view(recorded.event, current, recorded);
  return recorded;
}

Result<std::size_t> Intake::bring_home() {
  if (!clone_) return 0;
  std::size_t moved = 0;
  Spool home(fs_, clone_->spool_directory());
  for (const std::string& directory : fallback_spools(clone_, asked_)) {
    Spool away(fs_, directory);
    for (;;) {
      const auto pending = away.pending(home_batch);
      if (!pending) return std::unexpected(pending.error());
      if (pending->events.empty()) break;
      for (const Event& event : pending->events) {
        // Home first, gone second: a crash in between leaves two copies of one id, which is one.
        if (auto done = home.append(event); !done) return std::unexpected(done.error());
        const std::vector<EventId> ids{event.id};
        if (auto done = away.retire(ids); !done) return std::unexpected(done.error());
        ++moved;
      }
    }
  }
  return moved;
}

}  // namespace signalbox
