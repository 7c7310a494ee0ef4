#include "intake/report.h"

#include <algorithm>

#include "base/text.h"
#include "board/fold.h"
#include "board/view.h"
#include "clone/target.h"
#include "intake/ahead.h"
#include "intake/fallback.h"
#include "intake/masking.h"
#include "os/entropy.h"
#include "os/host.h"

namespace signalbox {
namespace {

constexpr int refresh_tries = 3;
// A file that cannot be parsed may be in the middle of being written; after a minute it is not.
constexpr std::chrono::minutes half_written_age{1};

bool may_replace_unreadable(os::FileSystem& fs, const std::string& path, UtcTime now) {
  const auto found = fs.status(path);
  return found && found->type == os::FileType::Regular && now - found->modified > half_written_age;
}

// Whether a document's event, durable by now, is all that is said. One that is older is that of
// another run, whose job writes the same words each time.
bool is_said_by(const Event& document, const Event& said, UtcTime now) {
  constexpr std::chrono::minutes just_before{1};
  const bool is_from_document = !document.id.empty() && document.id.parts().host == 0;
  const bool is_new = std::chrono::abs(now - document.time) < just_before;
  return is_from_document && is_new && said.status == document.status && said.run_id.empty() &&
         (!said.duration || said.duration == document.duration) &&
         (!said.progress || said.progress == document.progress) && !said.message &&
         !said.cpu_usage && !said.memory_usage && !said.next_scheduled_run && said.config.empty() &&
         said.metrics.empty() && said.extra.empty();
}

}  // namespace

std::string view_directory(os::FileSystem& fs, const Clone& clone) {
  const std::string own = clone.own_directory() + "/views";
  if (clone.worktree.empty()) return own;
  const auto branch = head_branch(fs, clone);
  if (!branch) return own;
  const auto target = cached_target(fs, clone);
  if (target && target->branch != *branch) return own;
  return status_directory_of(fs, clone.worktree).value_or(own);
}

Intake::Intake(os::FileSystem& fs, os::Clock& clock, std::optional<Clone> clone, std::string asked)
    : fs_(fs), clock_(clock), clone_(std::move(clone)), asked_(std::move(asked)) {
  if (clone_) view_directory_ = view_directory(fs_, *clone_);
}

std::optional<Event> Intake::current_view(const JobName& job, Spool& spool, const Branch& branch,
                                          const Masker& masker, Recorded& recorded) {
  view_is_foreign_ = false;
  view_bytes_.reset();
  if (view_directory_.empty()) return std::nullopt;
  const std::string path = view_directory_ + "/" + job.text() + ".json";
  auto bytes = fs_.read(path, view_limit);
  // While another host replaces it, a shared file system may say for a moment that it is not there.
  if (!bytes && bytes.error().kind == ErrorKind::NotFound) bytes = fs_.read(path, view_limit);
  if (!bytes) {
    view_is_foreign_ = bytes.error().kind != ErrorKind::NotFound;
    return std::nullopt;
  }
  view_bytes_ = *bytes;
  const auto document = parse_view(job, *bytes);
  if (!document) {
    view_is_foreign_ = !may_replace_unreadable(fs_, path, clock_.wall()) ||
                       (!trimmed(*bytes).empty() && !set_aside(job, *bytes, recorded));
    if (view_is_foreign_) {
      recorded.warnings.push_back("'" + path + "' was left as it is: " + document.error().what);
    }
    return std::nullopt;
  }
  if (document->sealed) return masked(document->event, masker);
  const auto found = fs_.status(path);
  const UtcTime modified = found ? time_of_file(found->modified) : clock_.wall();
  const auto adopted = adopt_document(*document, *bytes, modified, spool, branch, masker);
  if (!adopted) {
    // Not recorded anywhere yet, so it must stay where its writer put it.
    view_is_foreign_ = true;
    recorded.warnings.push_back("'" + path + "' was left as it is: " + adopted.error().what);
  }
  return adopted && *adopted ? **adopted
                             : masked(event_from_document(*document, *bytes, modified), masker);
}

// Something that is no status report stood in the place of the view. Somebody wrote it.
bool Intake::set_aside(const JobName& job, const std::string& bytes, Recorded& recorded) {
  constexpr std::size_t most = 100;  // a writer of broken files must not fill the disk
  const std::string directory = clone_->own_directory() + "/set-aside";
  if (const auto kept = fs_.list(directory); kept && kept->size() >= most) return false;
  if (!os::make_directories(fs_, directory)) return false;
  const std::string place = directory + "/" + job.text() + "-" + hex(os::random_bits(), 12);
  if (!os::replace_file(fs_, place, bytes)) return false;
  recorded.warnings.push_back("the file of job '" + job.text() +
                              "' was no status report; it is now '" + place + "'");
  return true;
}

// The revision that a file shows now; below every real one when it shows none.
EventId Intake::shown_revision(const std::string& path) {
  const auto bytes = fs_.read(path, view_limit);
  return bytes ? revision_of(*bytes) : EventId{};
}

// A file that another program wrote since the report was composed is news of its own.
bool Intake::may_be_replaced(const std::string& path, const EventId& by) {
  const auto bytes = fs_.read(path, view_limit);
  if (!bytes) return bytes.error().kind == ErrorKind::NotFound;
  return view_bytes_ == *bytes || (is_sealed(*bytes) && revision_of(*bytes) < by);
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
    auto done = os::replace_file(fs_, path, render_view(event),
                                 [&] { return may_be_replaced(path, event.id); });
    if (!done && done.error().kind == ErrorKind::Busy) return;
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
    if (first.kind == ErrorKind::TooLarge) return done;
  } else if (!asked_.empty()) {
    first.what = "there is no repository at '" + printable(asked_) + "'";
  }
  const std::string wanted =
      clone_ ? clone_->common_directory : (asked_.empty() ? std::string() : absolute_path(asked_));
  const auto fallback = append_to_fallback(fs_, wanted, event);
  if (!fallback) {
    return fail(first.kind, first.what + "; and the fallback failed too: " + fallback.error().what,
                first.advice);
  }
  recorded.where = RecordedIn::UserState;
  recorded.warnings.push_back(first.what + "; the report waits in '" + *fallback +
                              "' until the next report or sync brings it home");
  return {};
}

// Besides the view: what the publisher noted; before it ever ran here, what the branch shows.
EventId Intake::newest_known(const JobName& job, const std::optional<Event>& current,
                             const Branch& branch) {
  const std::string own = clone_->own_directory();
  if (!current && !os::exists(fs_, own + "/state.json")) return branch.shown(job);
  return newest_ahead(fs_, own, job);
}

Reporter reporter_here(os::Clock& clock) {
  return {.newest = {}, .now = clock.wall(), .host = os::host_name(), .random = os::random_bits()};
}

Result<Recorded> Intake::report(const Event& said, Reporter reporter, const Branch& branch,
                                bool after_file, const std::function<void()>& durable) {
  const auto [masker, warning] = clone_ ? masker_for_report(fs_, *clone_) : ReportMasker{};
  Recorded recorded{.event = masked(said, masker)};
  if (!warning.empty()) recorded.warnings.push_back(warning);
  const Event safe = recorded.event;
  std::optional<Event> current;
  if (clone_) {
    Spool spool(fs_, clone_->spool_directory());
    current = current_view(said.job, spool, branch, masker, recorded);
    if (after_file && current && !view_is_foreign_ && is_said_by(*current, safe, clock_.wall())) {
      recorded.event = *current;
      durable();
      return recorded;
    }
  }
  if (clone_) reporter.newest = newest_known(said.job, current, branch);
  recorded.event = compose(safe, current, reporter);
  auto done = append(recorded.event, recorded);
  if (!done && done.error().kind == ErrorKind::TooLarge && current) {
    // What came together over many reports must not keep out the next one.
    current->config = current->metrics = current->extra = Json::object();
    recorded.event = compose(safe, current, reporter);
    recorded.warnings.push_back("the job's earlier config, metrics and other fields were left out");
    done = append(recorded.event, recorded);
  }
  if (!done) return std::unexpected(done.error());
  durable();
  refresh_view(recorded.event, current, recorded);
  return recorded;
}

Result<Recorded> report_to_user_state(os::FileSystem& fs, const Reporter& reporter,
                                      const Event& said, const std::string& asked) {
  Recorded recorded{.event = compose(masked(said, Masker()), std::nullopt, reporter),
                    .where = RecordedIn::UserState};
  // Not resolved: that would ask the file system that does not answer.
  const std::string here = os::working_directory();
  const std::string clone_path = asked.empty()            ? here
                                 : asked.starts_with('/') ? asked
                                                          : here + "/" + asked;
  const auto place = append_to_fallback(fs, clone_path, recorded.event);
  if (!place) return std::unexpected(place.error());
  recorded.warnings.push_back("the file system of '" + printable(clone_path) +
                              "' does not answer; the report waits in '" + *place +
                              "' until the next report or sync brings it home");
  return recorded;
}

}  // namespace signalbox
