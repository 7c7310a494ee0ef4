// Bringing the index up to a tip: a difference of two trees, so the cost grows with what is new.
#include <vector>

#include "board/view.h"
#include "repository/implementation.h"
#include "repository/segment.h"

namespace signalbox {
namespace {

constexpr std::size_t transaction_bytes = 8UL << 20U;

using SegmentFile = HistoryIndex::SegmentFile;

struct Listing {
  std::vector<SegmentFile> files;
};

int take_delta(const git_diff_delta* delta, float, void* listing) {
  const git_diff_file& file = delta->new_file;
  const bool is_file = file.mode == GIT_FILEMODE_BLOB || file.mode == GIT_FILEMODE_BLOB_EXECUTABLE;
  if (delta->status != GIT_DELTA_DELETED && is_file) {
    static_cast<Listing*>(listing)->files.push_back(
        {std::string(history_directory) + "/" + file.path, git::text_of(file.id)});
  }
  return 0;
}

// The files of the history tree `to` that `from` (a null handle: nothing) does not have.
Result<std::vector<SegmentFile>> new_files(git_repository* repository, git_tree* from,
                                           git_tree* to) {
  git_diff* handle = nullptr;
  if (const int code = git_diff_tree_to_tree(&handle, repository, from, to, nullptr); code < 0) {
    return std::unexpected(git::error(code, "cannot compare two trees of the history"));
  }
  const git::Diff diff(handle);
  Listing listing;
  if (const int code = git_diff_foreach(handle, take_delta, nullptr, nullptr, nullptr, &listing);
      code < 0) {
    return std::unexpected(git::error(code, "cannot list the history"));
  }
  return std::move(listing.files);
}

}  // namespace

Status Repository::update_index(HistoryIndex& index, const std::string& commit,
                                const Progress& progress) const {
  git_repository* repository = impl_->git.get();
  const auto to = git::tree_at(repository, commit, std::string(history_directory));
  if (!to) return std::unexpected(to.error());
  if (!*to) return {};
  const std::string tree = git::text_of(*git_tree_id(to->get()));
  const std::string before = index.tree();
  if (tree == before) return {};
  git::Tree from;
  if (const auto oid = git::parse_oid(before)) {
    if (auto found = git::lookup_tree(repository, *oid)) from = *std::move(found);
  }
  const auto listed = new_files(repository, from.get(), to->get());
  if (!listed) return std::unexpected(listed.error());
  const auto files = index.unknown(*listed);
  if (!files) return std::unexpected(files.error());

  std::vector<HistoryIndex::Segment> segments;
  std::size_t bytes_read = 0;
  std::size_t done = 0;
  for (const SegmentFile& file : *files) {
    const auto oid = git::parse_oid(file.blob);
    if (!oid) return std::unexpected(oid.error());
    const auto bytes = git::read_blob(repository, *oid, segment_limit);
    if (!bytes) return std::unexpected(bytes.error());
    segments.push_back({file, events_of_file(file.path, *bytes)});
    bytes_read += bytes->size();
    if (progress) progress(++done, files->size());
    if (bytes_read > transaction_bytes) {
      if (auto added = index.add(segments, before); !added) return added;
      segments.clear();
      bytes_read = 0;
    }
  }
  return index.add(segments, tree);
}

}  // namespace signalbox
