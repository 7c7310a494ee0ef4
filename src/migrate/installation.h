// The drop-in scripts in a clone's scripts/: put there in place of the predecessor's, and taken out
// again.
//
//   Installation installation(fs, clone);
//   installation.look()     what is there
//   installation.apply()    ours in place; what was there is kept as NAME.before-signalbox
//   installation.undo()     what was kept back in place
//
// A script is never absent while it is replaced: the old file gets its second name by link, then
// ours takes the first by rename. A kept file is never overwritten. What was installed is noted,
// byte for byte, in <common directory>/signalbox/scripts.json, so that a newer program can replace
// an older one's scripts, and undo touches only what is still ours.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "clone/clone.h"
#include "os/file_system.h"
#include "scripts/scripts.h"

namespace signalbox {

inline constexpr std::string_view kept_ending = ".before-signalbox";

enum class ScriptPlace {
  Missing,
  Ours,     // byte for byte as this program carries it
  Older,    // as an older version of this program installed it
  Foreign,  // somebody else's file: the predecessor's, or edited
  NoFile,   // a symbolic link, a directory, or what cannot be read
};

struct ScriptState {
  std::string name;
  std::string path;  // absolute
  ScriptPlace place = ScriptPlace::Missing;
  bool has_kept = false;  // NAME.before-signalbox is there
};

// What was done to one file, in words: "installed", "left: ...".
struct Step {
  std::string name;
  std::string done;
  bool is_change = false;
  bool is_left = false;  // a person has to look
};

class Installation {
 public:
  Installation(os::FileSystem& fs, const Clone& clone);

  [[nodiscard]] std::vector<ScriptState> look() const;
  // An error when scripts/ is no directory, or nothing can be written there; what was done until
  // then stays, and the next call goes on from there.
  [[nodiscard]] Result<std::vector<Step>> apply();
  [[nodiscard]] Result<std::vector<Step>> undo();

  // The crontab line that was installed, empty when none was; whether the crontab ended without a
  // newline before.
  struct CrontabNote {
    std::string line;
    bool was_without_newline = false;
  };
  [[nodiscard]] const CrontabNote& crontab() const { return crontab_; }
  [[nodiscard]] Status note_crontab(CrontabNote note);

  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  ScriptState look_at(const Script& script) const;
  Result<Step> install(const Script& script);
  Result<Step> replace_foreign(const Script& script, const ScriptState& state);
  Result<Step> take_out(const Script& script);
  Status write(const Script& script, const ScriptState& state);
  Status keep(const ScriptState& state);
  bool is_same_as_kept(const ScriptState& state) const;
  Status check_directory() const;
  Status note();

  os::FileSystem& fs_;
  std::string directory_;  // scripts/ of the worktree
  std::string note_path_;
  std::map<std::string, std::string> installed_;  // by name: the bytes that were put there
  CrontabNote crontab_;
};

}  // namespace signalbox
