// Files of the outbox in a publish. They ride in the commit of the events; what the remote refuses
// must not keep those, so after a refusal files go alone, when the events are through.
#include <algorithm>

#include "publish/session.h"

namespace signalbox {
namespace {

constexpr int tries_to_isolate = 40;  // pushes of one publish that look for a refused file

}  // namespace

Result<std::vector<Outbox::Entry>> Session::next_files(bool events_wait, PublishOutcome& outcome) {
  std::vector<Outbox::Entry> files;
  if (files_wait_ && events_wait) return files;
  auto pending = outbox_.pending(file_limit_ + held_files_.size());
  if (!pending) return std::unexpected(pending.error());
  std::ranges::copy(pending->notes, std::back_inserter(outcome.notes));
  std::erase_if(pending->entries,
                [&](const Outbox::Entry& file) { return held_files_.contains(file.file); });
  // What a pattern that is new in the settings finds is masked here. The entry stays the one read.
  for (Outbox::Entry& file : pending->entries) {
    if (file.bytes) file.bytes = masker_.masked(*std::move(file.bytes));
  }
  outcome.files_left = pending->waiting - std::min(pending->waiting, pending->entries.size());
  return std::move(pending->entries);
}

// Like narrow_down(): smaller commits find the file that is refused. True when another try makes
// sense.
bool Session::narrow_down_files(const std::vector<Outbox::Entry>& files, bool alone, ErrorKind kind,
                                PublishOutcome& outcome) {
  constexpr std::size_t step = 8;
  const bool may_be_one = kind == ErrorKind::TooLarge || kind == ErrorKind::Refused;
  if (!may_be_one || files.empty() || ++isolating_ > tries_to_isolate) return false;
  if (!alone) {
    files_wait_ = true;
    return true;
  }
  if (files.size() > 1) {
    file_limit_ = std::max<std::size_t>(files.size() / step, 1);
    return true;
  }
  const Outbox::Entry& file = files.front();
  if (outcome.commits == 0) {
    // It, or everything: whether another one goes through tells.
    held_files_.insert(file.file);
    return true;
  }
  if (!outbox_.set_aside(file)) return false;
  outcome.notes.push_back("the remote refuses '" + file.path + "'; it was set aside in '" +
                          outbox_.refused_directory() + "'");
  return true;
}

// Invariant 2: called when the tip that the remote took, or was seen to have, has them.
Status Session::retire_files(const std::vector<Outbox::Entry>& files,
                             const std::vector<std::string>& no_room, PublishOutcome& outcome) {
  // One that was refused alone is tried again when another went through.
  if (outcome.commits > 0 && !files.empty()) held_files_.clear();
  file_limit_ = std::min(file_limit_ * 2, largest_batch);
  for (const Outbox::Entry& file : files) {
    if (std::ranges::find(no_room, file.path) != no_room.end()) {
      held_files_.insert(file.file);
      continue;
    }
    if (auto done = outbox_.retire(file); !done) return done;
    ++outcome.files;
  }
  outcome.files_left = held_files_.size();
  return {};
}

}  // namespace signalbox
