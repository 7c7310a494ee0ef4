// Bringing the index up to a tip: a difference of two trees, so the cost grows with what is new.
#include <set>
#include <utility>
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

Result<FileContent> read_content(git_repository* repository, const SegmentFile& file) {
  const auto oid = git::parse_oid(file.blob);
  if (!oid) return std::unexpected(oid.error());
  const auto bytes = git::read_blob_or_nothing(repository, *oid, segment_limit);
  if (!bytes) return std::unexpected(bytes.error());
  return content_of_file(file.path, *bytes);
}

// Takes out of the index what only `files`, which the commit does not have any more, held. False
// when that cannot be told: then everything has to be read again.
Result<bool> forget(git_repository* repository, HistoryIndex& index, const std::string& commit,
                    std::vector<HistoryIndex::Segment> files) {
  std::vector<EventId> ids;
  for (const auto& file : files) {
    for (const Event& event : file.events) ids.push_back(event.id);
    for (const auto& thin : file.thinned) ids.push_back(thin.id);
  }
  std::set<std::string, std::less<>> held;
  std::set<std::string, std::less<>> held_thinned;
  auto done = git::for_each_line_of(repository, commit, ids,
                                    [&](std::string_view id, std::string_view line) {
                                      held.emplace(id);
                                      if (job_of_thinned_line(line)) held_thinned.emplace(id);
                                    });
  if (!done) return std::unexpected(done.error());
  for (auto& file : files) {
    std::erase_if(file.events, [&](const Event& event) { return held.contains(event.id.text()); });
    std::erase_if(file.thinned,
                  [&](const auto& thin) { return held_thinned.contains(thin.id.text()); });
    // Thinned no more, and told in full by a file that was read before.
    for (const auto& thin : file.thinned) {
      if (held.contains(thin.id.text())) return false;
    }
  }
  if (auto removed = index.remove(files); !removed) return std::unexpected(removed.error());
  return true;
}

// A segment that is gone was compacted, and its events are in another file; or somebody took events
// out of the history, and then the index must not know them either. False: see forget().
Result<bool> forget_removed(git_repository* repository, HistoryIndex& index,
                            const std::string& commit, std::span<const SegmentFile> removed) {
  std::vector<HistoryIndex::Segment> files;
  std::size_t lines = 0;
  for (const SegmentFile& file : removed) {
    auto content = read_content(repository, file);
    if (!content) return false;  // pruned meanwhile
    lines += content->events.size() + content->thinned.size();
    files.push_back({file, std::move(content->events), std::move(content->thinned)});
    if (lines < events_a_transaction && &file != &removed.back()) continue;
    auto done = forget(repository, index, commit, std::exchange(files, {}));
    if (!done || !*done) return done;
    lines = 0;
  }
  return true;
}

}  // namespace

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
  auto difference = compare(repository, from.get(), to->get());
  if (!difference) return std::unexpected(difference.error());
  Result<bool> goes_on = from || before.empty();
  if (*goes_on) goes_on = forget_removed(repository, index, commit, difference->removed);
  if (!goes_on) return std::unexpected(goes_on.error());
  if (!*goes_on) {
    if (auto done = index.clear(); !done) return done;
    before.clear();
    difference = compare(repository, nullptr, to->get());
    if (!difference) return std::unexpected(difference.error());
  }
  const auto files = index.unknown(difference->added);
  if (!files) return std::unexpected(files.error());

  std::vector<HistoryIndex::Segment> segments;
  std::size_t events_read = 0;
  std::size_t done = 0;
  for (const SegmentFile& file : *files) {
    auto content = read_content(repository, file);
    if (!content) return std::unexpected(content.error());
    events_read += content->events.size() + content->thinned.size();
    segments.push_back({file, std::move(content->events), std::move(content->thinned)});
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
    const auto content = read_content(repository, file);
    if (!content) return std::unexpected(content.error());
    std::vector<EventId> ids;
    for (const Event& event : content->events) ids.push_back(event.id);
    const auto held = holds(tip, ids);
    if (!held) return std::unexpected(held.error());
    for (const Event& event : content->events) {
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
