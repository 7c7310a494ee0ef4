#include "lock/waiting.h"

#include "base/text.h"
#include "os/entropy.h"

namespace signalbox {
namespace {

constexpr std::size_t most_looked_at = 200;  // a table of more serves nobody

std::string directory_in(const std::string& own_directory) {
  return own_directory + "/waiting";
}

struct Marks {
  std::vector<LockSight> alive;
  std::vector<LockSight> dead;
};

Marks read_marks(os::FileSystem& fs, LockWatch& watch, const std::string& own_directory) {
  Marks marks;
  const std::string directory = directory_in(own_directory);
  const auto names = fs.list(directory);
  if (!names) return marks;  // nobody has ever waited
  for (const std::string& name : *names) {
    if (os::is_temporary_name(name)) continue;
    if (marks.alive.size() + marks.dead.size() == most_looked_at) break;
    auto sight = look_at(fs, directory + "/" + name);
    if (!sight) continue;
    const bool is_gone = watch.judge(*sight, LockWatch::Proof::None).owner == Owner::Gone;
    (is_gone ? marks.dead : marks.alive).push_back(*std::move(sight));
  }
  return marks;
}

}  // namespace

WaitingMark::WaitingMark(os::FileSystem& fs, os::Clock& clock, const std::string& own_directory,
                         const std::string& operation)
    : fs_(fs) {
  const std::string directory = directory_in(own_directory);
  const std::string text = format_lock(operation, clock.wall());
  const std::string path = directory + "/" + hex(os::random_bits(), 16);
  (void)fs.make_directory(directory);  // there already, mostly
  if (os::replace_file(fs, path, text)) path_ = path;
  LockWatch watch(fs, clock);
  delete_dead_marks(fs, watch, own_directory);
}

WaitingMark::~WaitingMark() {
  if (!path_.empty()) (void)fs_.unlink(path_);  // a leftover is deleted by the next that waits
}

std::vector<LockSight> waiting_processes(os::FileSystem& fs, LockWatch& watch,
                                         const std::string& own_directory) {
  return read_marks(fs, watch, own_directory).alive;
}

std::size_t delete_dead_marks(os::FileSystem& fs, LockWatch& watch,
                              const std::string& own_directory) {
  std::size_t deleted = 0;
  for (const LockSight& mark : read_marks(fs, watch, own_directory).dead) {
    if (fs.unlink(mark.path)) ++deleted;  // the names are unique: nobody else's can be there
  }
  return deleted;
}

}  // namespace signalbox
