// What another program's file says to a session: news, or something the branch knows.
#include <algorithm>

#include "base/text.h"
#include "board/document.h"
#include "intake/adoption.h"
#include "intake/fallback.h"
#include "publish/session.h"

namespace signalbox {

Result<bool> Session::shows(const JobName& job, std::string_view bytes) const {
  const auto tip = known_tip();
  if (!tip) return std::unexpected(tip.error());
  const auto shown = repository_.view(*tip, job);
  if (!shown) return std::unexpected(shown.error());
  return *shown && (*shown)->bytes == bytes;
}

EventId Session::shown(const JobName& job) const {
  const auto tip = shown_tip();
  if (!tip) return {};
  const auto file = repository_.view(*tip, job);
  return file && *file ? revision_of((*file)->bytes) : EventId{};
}

// A fresh clone's files are what the remote has, not news of now.
Result<std::string> Session::seen_tip() const {
  auto tip = known_tip();
  if (!tip || !tip->empty() || target_.remote.empty()) return tip;
  return repository_.commit_at("refs/remotes/" + target_.remote + "/" + target_.branch);
}

Result<bool> Session::seen_before(const ParsedView& document, std::string_view bytes,
                                  UtcTime found) {
  const JobName& job = document.event.job;
  const auto tip = seen_tip();
  if (!tip) return std::unexpected(tip.error());
  const auto shown = repository_.view(*tip, job);
  if (!shown) return std::unexpected(shown.error());
  if (*shown && (*shown)->bytes == bytes) return true;
  const std::uint64_t digest = content_digest(job, bytes);
  const auto known = with_index([&](HistoryIndex& index) -> Result<bool> {
    if (auto done = repository_.update_index(index, *tip, nullptr); !done) {
      return std::unexpected(done.error());
    }
    return index.knows_content(job, digest);
  });
  if (!known) return known;
  const EventId revision = *shown ? revision_of((*shown)->bytes) : EventId{};
  if (says_when(document)) {
    if (*known) return true;
    // Later than all that the branch has of the job: no walk is needed to know it for news.
    const bool sealed = *shown && is_sealed((*shown)->bytes);
    if (sealed && event_from_document(document, bytes, found).id > revision) return false;
  } else if (*known && (revision.empty() || revision.random_text() == hex(digest, 12) ||
                        found <= revision.parts().time)) {
    return true;
  }
  return repository_.had_version(*tip, view_path(job), bytes);
}

// Reports that waited in the user's state directory, and files that other programs wrote.
Status Session::take_in(PublishOutcome& outcome) {
  if (auto moved = bring_home(fs_, clone_); !moved) {
    outcome.notes.push_back("the fallback spool was not brought home: " + moved.error().what);
  }
  if (!checkout_) return {};
  const Branch branch{
      .seen_before = [this](const ParsedView& document, std::string_view bytes,
                            UtcTime found) { return seen_before(document, bytes, found); },
      .shown = [this](const JobName& job) { return shown(job); }};
  const auto adoption = adopt_directory(fs_, checkout_->worktree, spool_, branch, masker_);
  if (!adoption) return std::unexpected(adoption.error());
  outcome.adopted = adoption->events.size();
  std::ranges::copy(adoption->notes, std::back_inserter(outcome.notes));
  return {};
}

// A sealed view whose event does not wait any more, or another program's file that is an event.
bool Session::may_replace(const std::string& path, std::string_view bytes) {
  const auto job = job_of_status_file(os::base_name_of(path));
  if (!job || os::parent_of(path) != status_directory) return false;
  const auto local = parse_view(*job, bytes);
  if (!local) return false;
  if (!local->sealed) {
    const auto file = fs_.status(checkout_->worktree + "/" + path);
    if (!file) return false;
    const UtcTime found = time_of_file(file->modified);
    if (waits_already(spool_, *local, bytes, found)) return true;
    const auto seen = seen_before(*local, bytes, found);
    return seen && *seen;
  }
  const auto ids = spool_.waiting_ids();
  const bool waits = ids && std::ranges::binary_search(*ids, local->event.id);
  return !waits;
}

}  // namespace signalbox
