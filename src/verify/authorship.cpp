#include "verify/authorship.h"

#include "repository/segment.h"

namespace signalbox {
namespace {

using Change = ObjectReader::Change;
using Commit = ObjectReader::Commit;

constexpr std::string_view status_prefix = "data/status/";
constexpr std::string_view history_prefix = "data/history/";
constexpr std::string_view health_prefix = "data/health/";

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

// Of a commit that only mends views or brings only collected logs.
bool is_message_of_ours(std::string_view subject) {
  return (subject.starts_with("Bring ") && subject.ends_with(" up to the newest report")) ||
         (subject.starts_with("Update ") && subject.ends_with(" of details"));
}

// Of one that publishes reports; and of the predecessor's.

bool is_update_message(std::string_view subject) {
  return subject.starts_with("Update status of ") ||
         (subject.starts_with("Update ") && subject.find(" status: ") != std::string_view::npos);
}

}  // namespace

bool is_segment(std::string_view path) {
  if (!path.starts_with(history_prefix)) return false;
  path.remove_prefix(history_prefix.size());
  const auto slash = path.rfind('/');
  return slash != std::string_view::npos && is_hour_or_day(path.substr(0, slash)) &&
         !first_id_of(path.substr(slash + 1)).empty();
}

std::optional<JobName> job_of_view(std::string_view path) {
  if (!path.starts_with(status_prefix)) return std::nullopt;
  return job_of_status_file(path.substr(status_prefix.size()));
}

Result<bool> Authorship::is_signalboxs(const Commit& commit,
                                       const std::vector<Change>& changes) const {
  if (commit.parents.size() < 2 && is_message_of_ours(commit.subject)) return true;
  if (commit.parents.size() < 2 && is_update_message(commit.subject)) {
    const auto sealed = only_seals_views(changes);
    if (!sealed || *sealed) return sealed;
  }
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

// Nobody else writes a rendering of ours that is newer than the one before.
Result<bool> Authorship::only_seals_views(const std::vector<Change>& changes) const {
  for (const Change& change : changes) {
    if (!job_of_view(change.path) || change.after.empty()) return false;
    const auto after = revision(change.after);
    if (!after || after->empty())
      return after ? Result<bool>(false) : std::unexpected(after.error());
  }
  return !changes.empty();
}

Result<bool> Authorship::comes_from_a_parent(const Commit& commit, const Change& change) const {
  if (commit.parents.size() < 2) return false;
  for (const std::string& parent : commit.parents) {
    const auto held = objects_.object_at(parent, change.path);
    if (!held) return std::unexpected(held.error());
    if (*held == change.after) return true;
  }
  return false;
}

Result<EventId> Authorship::revision(const std::string& blob) const {
  const auto bytes = objects_.read(blob, view_limit);
  if (!bytes && bytes.error().kind == ErrorKind::TooLarge) return EventId();
  if (!bytes) return std::unexpected(bytes.error());
  return is_sealed(*bytes) ? revision_of(*bytes) : EventId();
}

}  // namespace signalbox
