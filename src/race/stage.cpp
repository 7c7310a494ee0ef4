#include "race/stage.h"

#include <cstdlib>
#include <filesystem>

#include "base/text.h"
#include "clone/settings.h"
#include "event/event.h"
#include "intake/fallback.h"
#include "lock/git_locks.h"
#include "os/entropy.h"
#include "os/host.h"
#include "os/process.h"
#include "race/race_scripts.h"
#include "spool/spool.h"
#include "transport/git_remote.h"

namespace signalbox {
namespace {

constexpr std::size_t ref_limit = 100;
constexpr std::chrono::minutes remote_patience{2};
// On a remote of its own a race need not keep to a host's limits, and must not wait a minute for a
// remote that hangs.
constexpr const char* own_remote_settings =
    "[publish]\npushes_per_minute = 600\npush_timeout = 5\ndeadline = 30\n";
constexpr const char* patient_settings =
    "[publish]\npushes_per_minute = 600\npush_timeout = 600\ndeadline = 600\n";
constexpr const char* foreign_remote_settings = "[publish]\npush_timeout = 30\n";

std::string name_of(Fault fault, const std::string& directory) {
  return directory + "/faults/" + signalbox::name_of(fault);
}

}  // namespace

Stage::Stage(os::FileSystem& fs, const RaceRequest& request)
    : fs_(fs),
      request_(request),
      directory_(absolute_path(os::environment("TMPDIR").value_or("/tmp")) + "/signalbox-race-" +
                 hex(os::random_bits(), 16)) {
  branch_ = has_own_remote() ? "main" : "signalbox-race/" + hex(os::random_bits(), 12);
}

std::string Stage::remote() const {
  return has_own_remote() ? directory_ + "/remote.git" : request_.remote;
}

std::string Stage::person(std::size_t number) const {
  return directory_ + "/person-" + std::to_string(number);
}

std::string Stage::script(const std::string& name) const {
  return directory_ + "/scripts/" + name;
}

Status Stage::play(const std::vector<std::string>& script) const {
  std::vector<std::string> arguments{"bash"};
  arguments.insert(arguments.end(), script.begin(), script.end());
  const auto played =
      os::run({.arguments = arguments, .directory = directory_, .timeout = remote_patience});
  if (!played) return std::unexpected(played.error());
  if (played->exit_status == 0) return {};
  return fail(
      played->timed_out ? ErrorKind::TimedOut : ErrorKind::InputOutput,
      "git could not do its part on '" + redacted(remote()) + "': " + redacted(played->errors));
}

Status Stage::write_scripts() const {
  for (const Script& script : race_scripts()) {
    const std::string path = this->script(std::string(script.name));
    auto done = os::replace_file(fs_, path, script.text);
    if (done) done = fs_.make_executable(path);
    if (!done) return done;
  }
  return {};
}

Status Stage::build() {
  for (const char* name : {"/scripts", "/faults", "/journal", "/home", "/state"}) {
    if (auto made = os::make_directories(fs_, directory_ + name); !made) return made;
  }
  if (auto written = write_scripts(); !written) return written;
  const std::string settings = (has_own_remote() ? own_remote_settings : foreign_remote_settings) +
                               ("branch = \"" + branch_ + "\"");
  const std::size_t people = request_.humans;
  auto built = play({script("stage.sh"), directory_, remote(), branch_,
                     std::to_string(request_.clones), std::to_string(people), settings});
  if (!built) return built;
  if (has_own_remote()) {
    const std::string hook = remote() + "/hooks/pre-receive";
    const auto text = fs_.read(script("hook.sh"), document_limit);
    if (!text) return std::unexpected(text.error());
    auto done = os::replace_file(fs_, hook, *text);
    if (done) done = fs_.make_executable(hook);
    if (!done) return done;
  }
  for (std::size_t number = 0; number < request_.clones; ++number) {
    auto clone = find_clone(fs_, directory_ + "/clone-" + std::to_string(number));
    if (!clone) return std::unexpected(clone.error());
    clones_.push_back(*std::move(clone));
  }
  return {};
}

Status Stage::leave_remote(const std::string& copy) const {
  return play({script("leave.sh"), remote(), branch_, copy});
}

Status Stage::withdraw() const {
  // Without the script nothing was set up.
  if (has_own_remote() || !os::exists(fs_, script("leave.sh"))) return {};
  return leave_remote("");
}

void Stage::remove() const {
  std::error_code ignored;  // what cannot be deleted is the temporary directory's to clean
  std::filesystem::remove_all(directory_, ignored);
}

std::string Stage::seen_tip() const {
  const std::string path = has_own_remote() ? remote() + "/refs/heads/" + branch_
                                            : clones_.front().common_directory +
                                                  "/refs/signalbox/remotes/origin/" + branch_;
  const auto text = fs_.read(path, ref_limit);
  return text ? std::string(trimmed(*text)) : std::string();
}

std::size_t Stage::waiting() const {
  std::size_t count = 0;
  for (const Clone& clone : clones_) {
    const auto ids = Spool(fs_, clone.spool_directory()).waiting_ids();
    if (ids) count += ids->size();
  }
  for (const std::string& directory : fallback_directories(fs_)) {
    const auto ids = Spool(fs_, directory).waiting_ids();
    if (ids) count += ids->size();
  }
  return count;
}

void Stage::set_fault(Fault fault, bool happens) const {
  const std::string path = name_of(fault, directory_);
  // A file that cannot be made is a fault that does not happen; one that is gone has ended.
  (void)(happens ? os::replace_file(fs_, path, "") : fs_.unlink(path));
}

// As a person would: in each clone, without a commit.
Status Stage::be_patient() const {
  if (!has_own_remote()) return {};
  for (const Clone& clone : clones_) {
    auto done = os::replace_file(fs_, clone.worktree + "/" + settings_file,
                                 patient_settings + ("branch = \"" + branch_ + "\"\n"));
    if (!done) return done;
  }
  return {};
}

std::size_t Stage::put_back_refused() const {
  std::size_t count = 0;
  for (const Clone& clone : clones_) {
    const Spool spool(fs_, clone.spool_directory());
    const auto names = fs_.list(spool.refused_directory());
    if (!names) continue;  // nothing was ever refused
    for (const std::string& name : *names) {
      const bool moved =
          fs_.rename(spool.refused_directory() + "/" + name, spool.directory() + "/" + name)
              .has_value();
      count += moved ? 1 : 0;
    }
  }
  return count;
}

std::size_t Stage::remove_dead_locks() const {
  constexpr std::chrono::seconds longer_than_any_step{10};
  std::vector<std::string> repositories;
  if (has_own_remote()) repositories.push_back(remote());
  for (const Clone& clone : clones_) repositories.push_back(clone.common_directory);
  const auto now = os::time_at(fs_, directory_);
  if (!now) return 0;
  std::size_t count = 0;
  for (const std::string& repository : repositories) {
    for (const std::string& lock : git_locks(fs_, repository)) {
      const auto found = fs_.status(lock);
      if (found && *now - found->modified > longer_than_any_step && fs_.unlink(lock)) ++count;
    }
  }
  return count;
}

}  // namespace signalbox
