// Bringing the index up to a tip: a difference of two trees, so the cost grows with what is new.
#include <vector>

#include "board/view.h"
#include "repository/implementation.h"
#include "repository/segment.h"

namespace signalbox {
namespace {

constexpr std::size_t events_a_transaction = 10'000;

using SegmentFile = HistoryIndex::SegmentFile;

struct Difference {
  std::vector<SegmentFile> added, removed;
};

bool is_file(const git_diff_file& file) {
  return file.mode == GIT_FILEMODE_BLOB || file.mode == GIT_FILEMODE_BLOB_EXECUTABLE;
}

SegmentFile file_of(const git_diff_file& file) {
  return {std::string(history_directory) + "/" + file.path, git::text_of(file.id)};
}

// Between two history trees; a null handle is an empty one.
Result<Difference> compare(git_repository* repository, git_tree* from, git_tree* to) {
  git_diff* handle = nullptr;
  if (const int code = git_diff_tree_to_tree(&handle, repository, from, to, nullptr); code < 0) {
    return std::unexpected(git::error(code, "cannot compare two trees of the history"));
  }
  const git::Diff diff(handle);
  // Not git_diff_foreach(): it looks into the person's index for attributes.
  Difference difference;
  for (std::size_t i = 0; i < git_diff_num_deltas(handle); ++i) {
    const git_diff_delta* delta = git_diff_get_delta(handle, i);
    const bool had = delta->status != GIT_DELTA_ADDED && is_file(delta->old_file);
    const bool has = delta->status != GIT_DELTA_DELETED && is_file(delta->new_file);
    if (had) difference.removed.push_back(file_of(delta->old_file));
    if (has) difference.added.push_back(file_of(delta->new_file));
  }
  return difference;
}

Result<std::vector<Event>> read_events(git_repository* repository, const SegmentFile& file) {
  const auto oid = git::parse_oid(file.blob);
  if (!oid) return std::unexpected(oid.error());
  const auto bytes = git::read_blob_or_nothing(repository, *oid, segment_limit);
  if (!bytes) return std::unexpected(bytes.error());
  return events_of_file(file.path, *bytes);
}

}  // namespace

// A segment that is gone was compacted, and its events are in another file; or somebody took events
// out of the history, and then the index must not know them either.
Status Repository::forget_removed(HistoryIndex& index, const std::string& commit,
                                  std::span<const SegmentFile> removed) const {
  for (const SegmentFile& file : removed) {
    auto events = read_events(impl_->git.get(), file);
    if (!events) return index.clear();  // pruned meanwhile: everything is read again
    std::vector<EventId> ids;
    for (const Event& event : *events) ids.push_back(event.id);
    const auto held = holds(commit, ids);
    if (!held) return std::unexpected(held.error());
    std::erase_if(*events, [&](const Event& event) { return held->contains(event.id); });
    if (auto done = index.remove(file, *events); !done) return done;
  }
  return {};
}

Status Repository::update_index(HistoryIndex& index, const std::string& commit,
                                const Progress& progress) const {
  git_repository* repository = impl_->git.get();
  const auto to = git::tree_at(repository, commit, std::string(history_directory));
  if (!to) return std::unexpected(to.error());
  const std::string tree = *to ? git::text_of(*git_tree_id(to->get())) : std::string();
  std::string before = index.tree();
  if (tree == before) return {};
  git::Tree from;
  if (const auto oid = git::parse_oid(before)) {
    if (auto found = git::lookup_tree(repository, *oid)) from = *std::move(found);
  }
  if (!from && !before.empty()) {
    if (auto done = index.clear(); !done) return done;
    before.clear();
  }
  const auto difference = compare(repository, from.get(), to->get());
  if (!difference) return std::unexpected(difference.error());
  if (auto done = forget_removed(index, commit, difference->removed); !done) return done;
  const auto files = index.unknown(difference->added);
  if (!files) return std::unexpected(files.error());

  std::vector<HistoryIndex::Segment> segments;
  std::size_t events_read = 0;
  std::size_t done = 0;
  for (const SegmentFile& file : *files) {
    auto events = read_events(repository, file);
    if (!events) return std::unexpected(events.error());
    events_read += events->size();
    segments.push_back({file, *std::move(events)});
    if (progress) progress(++done, files->size());
    if (events_read > events_a_transaction) {
      if (auto added = index.add(segments, before); !added) return added;
      segments.clear();
      events_read = 0;
    }
  }
  return index.add(segments, tree);
}

Status Repository::for_each_lost_event(
    const std::string& before, const std::string& tip,
    const std::function<Status(const Event& event)>& take) const {
  git_repository* repository = impl_->git.get();
  const auto had = git::tree_at(repository, before, std::string(history_directory));
  if (!had) return std::unexpected(had.error());
  const auto has = git::tree_at(repository, tip, std::string(history_directory));
  if (!has) return std::unexpected(has.error());
  if (!*had) return {};
  const auto difference = compare(repository, had->get(), has->get());
  if (!difference) return std::unexpected(difference.error());
  for (const SegmentFile& file : difference->removed) {
    if (first_id_of(os::base_name_of(file.path)).empty()) continue;
    const auto events = read_events(repository, file);
    if (!events) return std::unexpected(events.error());
    std::vector<EventId> ids;
    for (const Event& event : *events) ids.push_back(event.id);
    const auto held = holds(tip, ids);
    if (!held) return std::unexpected(held.error());
    for (const Event& event : *events) {
      if (held->contains(event.id)) continue;
      if (auto done = take(event); !done) return done;
    }
  }
  return {};
}

Result<bool> Repository::descends_from(const std::string& commit,
                                       const std::string& ancestor) const {
  return git::descends_from(impl_->git.get(), commit, ancestor);
}

}  // namespace signalbox
