#include "simulation/disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "os/file_system.h"

namespace signalbox::simulation {
namespace {

constexpr Time write_back_after = std::chrono::seconds{30};

std::uint64_t size_of(int descriptor) {
  struct stat found{};
  return ::fstat(descriptor, &found) == 0 ? static_cast<std::uint64_t>(found.st_size) : 0;
}

bool is_below(const std::string& path, const std::string& directory) {
  return path.size() > directory.size() && path.starts_with(directory) &&
         path[directory.size()] == '/';
}

}  // namespace

Disk::Disk(DiskKind kind, std::string limbo) : kind_(kind), limbo_(std::move(limbo)) {}

Disk::~Disk() {
  for (const Unsynced& file : files_) ::close(file.descriptor);
}

void Disk::created(const std::string& path, Time now) {
  add({.verb = Verb::Create, .path = path, .other = {}, .saved = {}, .at = now});
}

void Disk::made_directory(const std::string& path, Time now) {
  add({.verb = Verb::MakeDirectory, .path = path, .other = {}, .saved = {}, .at = now});
}

void Disk::before_unlink(const std::string& path, Time now) {
  add({.verb = Verb::Unlink, .path = path, .other = {}, .saved = save(path), .at = now});
}

void Disk::before_rename(const std::string& from, const std::string& to, Time now) {
  add({.verb = Verb::Rename, .path = from, .other = to, .saved = save(to), .at = now});
}

void Disk::removed_directory(const std::string& path, Time now) {
  add({.verb = Verb::RemoveDirectory, .path = path, .other = {}, .saved = {}, .at = now});
}

void Disk::before_write(const std::string& path, Time now) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  struct stat found{};
  if (descriptor < 0) return;
  if (::fstat(descriptor, &found) != 0 ||
      std::ranges::find(files_, found.st_ino, &Unsynced::inode) != files_.end()) {
    ::close(descriptor);
    return;
  }
  files_.push_back({.inode = found.st_ino,
                    .descriptor = descriptor,
                    .synced_size = static_cast<std::uint64_t>(found.st_size),
                    .since = now});
}

void Disk::synced_file(std::uint64_t inode) {
  std::erase_if(files_, [&](const Unsynced& file) {
    if (file.inode != inode) return false;
    ::close(file.descriptor);
    return true;
  });
  if (kind_ == DiskKind::Journaling) make_last(std::vector<bool>(changes_.size(), true));
}

void Disk::synced_directory(const std::string& path) {
  std::vector<bool> lasts(changes_.size(), kind_ == DiskKind::Journaling);
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    const Change& change = changes_[i];
    if (os::parent_of(change.path) == path ||
        (!change.other.empty() && os::parent_of(change.other) == path) ||
        (change.verb == Verb::MakeDirectory &&
         (change.path == path || is_below(path, change.path)))) {
      lasts[i] = true;
    }
  }
  make_last(std::move(lasts));
}

void Disk::settle() {
  make_last(std::vector<bool>(changes_.size(), true));
  for (const Unsynced& file : files_) ::close(file.descriptor);
  files_.clear();
}

void Disk::add(Change change) {
  write_back(change.at);
  changes_.push_back(std::move(change));
}

std::string Disk::save(const std::string& path) {
  const std::string name = limbo_ + "/" + std::to_string(saved_++);
  return ::link(path.c_str(), name.c_str()) == 0 ? name : std::string();
}

void Disk::forget(const Change& change) const {
  if (!change.saved.empty()) ::unlink(change.saved.c_str());
}

// What lasts takes along what it builds on.
void Disk::make_last(std::vector<bool> lasts) {
  for (std::size_t later = changes_.size(); later-- > 0;) {
    if (!lasts[later]) continue;
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
      if (depend(changes_[earlier], changes_[later])) lasts[earlier] = true;
    }
  }
  std::vector<Change> left;
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    if (lasts[i]) {
      forget(changes_[i]);
    } else {
      left.push_back(std::move(changes_[i]));
    }
  }
  changes_ = std::move(left);
}

void Disk::write_back(Time now) {
  std::vector<bool> lasts(changes_.size());
  bool any = false;
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    lasts[i] = now - changes_[i].at > write_back_after;
    any = any || lasts[i];
  }
  if (any) make_last(std::move(lasts));
  std::erase_if(files_, [&](const Unsynced& file) {
    if (now - file.since <= write_back_after) return false;
    ::close(file.descriptor);
    return true;
  });
}

// Whether the later change needs the earlier one: the same name, or a directory above or below.
bool Disk::depend(const Change& earlier, const Change& later) {
  for (const std::string* one : {&earlier.path, &earlier.other}) {
    for (const std::string* two : {&later.path, &later.other}) {
      if (one->empty() || two->empty()) continue;
      if (*one == *two) return true;
      if (earlier.verb == Verb::MakeDirectory && is_below(*two, *one)) return true;
      if (later.verb == Verb::RemoveDirectory && is_below(*one, *two)) return true;
    }
  }
  return false;
}

std::vector<bool> Disk::choose_lost(Random& random) const {
  std::vector<bool> lost(changes_.size());
  if (kind_ == DiskKind::Journaling) {
    const std::uint64_t kept = random.below(changes_.size() + 1);
    for (std::size_t i = kept; i < lost.size(); ++i) lost[i] = true;
    return lost;
  }
  const std::uint64_t mood = random.below(4);  // nothing, half of it, half of it, everything
  for (std::size_t i = 0; i < lost.size(); ++i) {
    lost[i] = mood == 3 || (mood > 0 && random.one_in(2));
    for (std::size_t earlier = 0; earlier < i && !lost[i]; ++earlier) {
      lost[i] = lost[earlier] && depend(changes_[earlier], changes_[i]);
    }
  }
  return lost;
}

void Disk::undo(const Change& change) {
  switch (change.verb) {
    case Verb::Create:
      ::unlink(change.path.c_str());
      break;
    case Verb::Unlink:
      if (!change.saved.empty()) ::rename(change.saved.c_str(), change.path.c_str());
      break;
    case Verb::Rename:
      ::rename(change.other.c_str(), change.path.c_str());
      if (!change.saved.empty()) ::rename(change.saved.c_str(), change.other.c_str());
      break;
    case Verb::MakeDirectory:
      std::filesystem::remove_all(change.path);
      break;
    case Verb::RemoveDirectory:
      ::mkdir(change.path.c_str(), 0777);
      break;
  }
}

void Disk::cut_power(Random& random, const std::function<void(const std::string&)>& tell) {
  constexpr const char* verbs[] = {"create", "unlink", "rename", "make-directory",
                                   "remove-directory"};
  tear_files(random, tell);
  const std::vector<bool> lost = choose_lost(random);
  for (std::size_t i = changes_.size(); i-- > 0;) {
    const Change& change = changes_[i];
    if (lost[i]) {
      undo(change);
      tell(std::string("undone: ") + verbs[static_cast<int>(change.verb)] + " " + change.path +
           (change.other.empty() ? "" : " " + change.other));
    } else {
      forget(change);
    }
  }
  changes_.clear();
}

void Disk::tear_files(Random& random, const std::function<void(const std::string&)>& tell) {
  for (const Unsynced& file : files_) {
    const std::uint64_t size = size_of(file.descriptor);
    const std::uint64_t grown = size > file.synced_size ? size - file.synced_size : 0;
    const std::uint64_t kept = file.synced_size + random.below(grown + 1);
    const std::uint64_t mood = random.below(4);  // whole, cut, zeros, nothing
    const std::uint64_t left = mood == 3 ? file.synced_size : kept;
    if (mood != 0 && grown > 0) {
      // What is cut off reads as zeros where the new size was written before the bytes.
      (void)!::ftruncate(file.descriptor, static_cast<off_t>(left));
      if (mood == 2) (void)!::ftruncate(file.descriptor, static_cast<off_t>(size));
      tell("torn: a file of " + std::to_string(size) + " bytes after " + std::to_string(left));
    }
    ::close(file.descriptor);
  }
  files_.clear();
}

}  // namespace signalbox::simulation
