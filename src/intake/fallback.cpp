#include "intake/fallback.h"

#include <algorithm>

#include "base/checksum.h"
#include "base/text.h"
#include "spool/spool.h"

namespace signalbox {
namespace {

constexpr std::size_t path_limit = 8192;
constexpr std::size_t home_batch = 1000;
constexpr std::string_view clone_file = "/clone";
constexpr std::string_view unassigned = "unassigned";  // no repository was named

Result<std::string> directory_of_spools() {
  auto state = user_state_directory();
  if (!state) return state;
  return *state + "/spool";
}

// The name is for a person who looks; two checksums of different text make its 64 bits.
std::string name_of_spool(const std::string& clone_path) {
  if (clone_path.empty()) return std::string(unassigned);
  const bool is_git_directory = os::base_name_of(clone_path) == ".git";
  std::string name;
  for (const char c : os::base_name_of(is_git_directory ? os::parent_of(clone_path) : clone_path)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    name += plain || c == '-' || c == '_' ? c : '_';
  }
  return name.substr(0, 40) + "-" + hex(crc32_of(clone_path), 8) +
         hex(crc32_of("signalbox:" + clone_path), 8);
}

// All that hold events.
std::vector<FallbackSpool> spools_with_events(os::FileSystem& fs) {
  std::vector<FallbackSpool> spools;
  for (const std::string& directory : fallback_directories(fs)) {
    const auto waiting = Spool(fs, directory).waiting_ids();
    if (!waiting || waiting->empty()) continue;
    const auto clone = fs.read(directory + std::string(clone_file), path_limit);
    spools.push_back({directory, clone ? std::string(trimmed(*clone)) : std::string()});
  }
  return spools;
}

bool belongs_to(os::FileSystem& fs, const FallbackSpool& spool, const Clone& clone) {
  const std::string name = os::base_name_of(spool.directory);
  if (name == unassigned || name == name_of_spool(clone.common_directory)) return true;
  if (spool.clone.empty()) return false;
  const auto found = find_clone(fs, spool.clone);
  return found && found->common_directory == clone.common_directory;
}

// Before the event: one that nobody could bring home must not be acknowledged.
Status write_note(os::FileSystem& fs, const std::string& directory, const std::string& clone_path) {
  if (auto made = os::make_directories(fs, directory); !made) return made;
  const std::string temporary = os::temporary_name(directory);
  auto file = fs.create(temporary);
  if (!file) return std::unexpected(file.error());
  auto done = (*file)->write(clone_path + "\n");
  if (done) done = (*file)->sync();
  if (done) done = (*file)->close();
  if (done) done = fs.rename(temporary, directory + std::string(clone_file));
  if (done) done = fs.sync_directory(directory);
  if (!done) (void)fs.unlink(temporary);
  return done;
}

}  // namespace

Result<std::string> append_to_fallback(os::FileSystem& fs, const std::string& clone_path,
                                       const Event& event) {
  const auto parent = directory_of_spools();
  if (!parent) return parent;
  std::string directory = *parent + "/" + name_of_spool(clone_path);
  if (!clone_path.empty() && !os::exists(fs, directory + std::string(clone_file))) {
    auto noted = write_note(fs, directory, clone_path);
    if (!noted) return std::unexpected(noted.error());
  }
  if (auto done = Spool(fs, directory).append(event); !done) return std::unexpected(done.error());
  return directory;
}

std::vector<std::string> fallback_directories(os::FileSystem& fs) {
  const auto parent = directory_of_spools();
  if (!parent) return {};
  auto names = fs.list(*parent);
  if (!names) return {};  // none was ever needed
  for (std::string& name : *names) name = *parent + "/" + name;
  return *std::move(names);
}

std::vector<FallbackSpool> fallback_spools(os::FileSystem& fs, const Clone& clone) {
  auto spools = spools_with_events(fs);
  std::erase_if(spools, [&](const FallbackSpool& spool) { return !belongs_to(fs, spool, clone); });
  return spools;
}

std::vector<FallbackSpool> orphaned_spools(os::FileSystem& fs) {
  auto spools = spools_with_events(fs);
  std::erase_if(spools, [&](const FallbackSpool& spool) {
    return os::base_name_of(spool.directory) == unassigned ||
           (!spool.clone.empty() && find_clone(fs, spool.clone));
  });
  return spools;
}

Result<std::size_t> bring_home(os::FileSystem& fs, const Clone& clone, std::size_t most) {
  std::size_t moved = 0;
  Spool home(fs, clone.spool_directory());
  for (const FallbackSpool& spool : fallback_spools(fs, clone)) {
    Spool away(fs, spool.directory);
    while (moved < most) {
      const auto pending = away.pending(std::min(home_batch, most - moved));
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
