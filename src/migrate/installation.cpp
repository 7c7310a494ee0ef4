#include "migrate/installation.h"

#include "base/json.h"
#include "base/text.h"

namespace signalbox {
namespace {

constexpr std::size_t script_limit = 1UL << 20U;
constexpr std::size_t note_limit = 8UL << 20U;

std::string kept_path(const ScriptState& state) {
  return state.path + std::string(kept_ending);
}

std::string kept_name(const ScriptState& state) {
  return state.name + std::string(kept_ending);
}

}  // namespace

Installation::Installation(os::FileSystem& fs, const Clone& clone)
    : fs_(fs),
      directory_(clone.worktree + "/scripts"),
      note_path_(clone.own_directory() + "/scripts.json") {
  // Without the note the scripts of this version are known all the same.
  const auto bytes = fs.read(note_path_, note_limit);
  const auto note = bytes ? parse_json(*bytes) : Json();
  if (!note || !note->is_object()) return;
  for (const auto& [name, text] : note->items()) {
    if (name == "crontab" && text.is_string()) {
      crontab_.line = text;
    } else if (name == "crontab_without_newline") {
      crontab_.was_without_newline = text == true;
    } else if (text.is_string()) {
      installed_.emplace(name, text);
    }
  }
}

Status Installation::note() {
  Json note = Json::object();
  for (const auto& [name, text] : installed_) note[name] = text;
  if (!crontab_.line.empty()) note["crontab"] = crontab_.line;
  if (crontab_.was_without_newline) note["crontab_without_newline"] = true;
  if (note.empty()) {
    auto gone = fs_.unlink(note_path_);
    return !gone && gone.error().kind == ErrorKind::NotFound ? Status{} : gone;
  }
  if (auto made = os::make_directories(fs_, os::parent_of(note_path_)); !made) return made;
  return os::replace_file_synced(fs_, note_path_, to_pretty(note) + "\n");
}

Status Installation::note_crontab(CrontabNote note) {
  crontab_ = std::move(note);
  return this->note();
}

std::vector<ScriptState> Installation::look() const {
  std::vector<ScriptState> states;
  for (const Script& script : scripts()) states.push_back(look_at(script));
  return states;
}

ScriptState Installation::look_at(const Script& script) const {
  ScriptState state{.name = std::string(script.name),
                    .path = directory_ + "/" + std::string(script.name)};
  state.has_kept = os::exists(fs_, kept_path(state));
  const auto found = fs_.status(state.path);
  if (!found) return state;
  state.place = ScriptPlace::NoFile;
  if (found->type != os::FileType::Regular) return state;
  const auto bytes = fs_.read(state.path, script_limit);
  if (!bytes) return state;
  const auto noted = installed_.find(state.name);
  state.place = *bytes == script.text                                  ? ScriptPlace::Ours
                : noted != installed_.end() && *bytes == noted->second ? ScriptPlace::Older
                                                                       : ScriptPlace::Foreign;
  return state;
}

// Through a symbolic link somebody else's repository could make us write elsewhere.
Status Installation::check_directory() const {
  const auto found = fs_.status(directory_);
  if (!found) return os::make_directories(fs_, directory_);
  if (found->type == os::FileType::Directory) return {};
  return fail(ErrorKind::InvalidInput, "'" + directory_ + "' is not a directory",
              "make it one, or move it away");
}

Result<std::vector<Step>> Installation::apply() {
  if (auto usable = check_directory(); !usable) return std::unexpected(usable.error());
  std::vector<Step> steps;
  for (const Script& script : scripts()) {
    auto step = install(script);
    if (!step) return std::unexpected(step.error());
    steps.push_back(*std::move(step));
  }
  if (auto noted = note(); !noted) return std::unexpected(noted.error());
  return steps;
}

Result<Step> Installation::install(const Script& script) {
  const ScriptState state = look_at(script);
  switch (state.place) {
    case ScriptPlace::Ours: {
      installed_[state.name] = script.text;
      const auto found = fs_.status(state.path);
      if (found && found->executable) return Step{state.name, "in place"};
      if (auto done = fs_.make_executable(state.path); !done) return std::unexpected(done.error());
      return Step{state.name, "made executable", true};
    }
    case ScriptPlace::Missing:
    case ScriptPlace::Older: {
      if (auto done = write(script, state); !done) return std::unexpected(done.error());
      const bool is_new = state.place == ScriptPlace::Missing;
      return Step{state.name, is_new ? "installed" : "brought up to date", true};
    }
    case ScriptPlace::Foreign:
    case ScriptPlace::NoFile:
      break;
  }
  return replace_foreign(script, state);
}

Result<Step> Installation::replace_foreign(const Script& script, const ScriptState& state) {
  if (os::is_directory(fs_, state.path)) {
    return Step{state.name, "left: a directory", false, true};
  }
  if (state.has_kept && !is_same_as_kept(state)) {
    return Step{state.name, "left: it differs from " + kept_name(state) + ", which is kept", false,
                true};
  }
  if (!state.has_kept) {
    if (auto kept = keep(state); !kept) return std::unexpected(kept.error());
  }
  if (auto done = write(script, state); !done) return std::unexpected(done.error());
  return Step{state.name, "installed; the old one is " + kept_name(state), true};
}

bool Installation::is_same_as_kept(const ScriptState& state) const {
  const auto now = fs_.read(state.path, script_limit);
  const auto kept = fs_.read(kept_path(state), script_limit);
  return now && kept && *now == *kept;
}

// By a second name, so that its mode and its owner stay; where there are none (another user's file,
// a file system without), by a copy.
Status Installation::keep(const ScriptState& state) {
  auto linked = fs_.link(state.path, kept_path(state));
  if (linked || linked.error().kind == ErrorKind::AlreadyExists) return linked;
  const auto found = fs_.status(state.path);
  const auto bytes = fs_.read(state.path, script_limit);
  if (!found || !bytes) return linked;
  auto file = fs_.create(kept_path(state));
  if (!file) return std::unexpected(file.error());
  auto done = (*file)->write(*bytes);
  if (done) done = (*file)->sync();  // the script itself is about to be replaced
  if (done) done = (*file)->close();
  if (done && found->executable) done = fs_.make_executable(kept_path(state));
  return done;
}

Status Installation::write(const Script& script, const ScriptState& state) {
  const auto before = fs_.status(state.path);
  const auto is_as_seen = [&] {
    const auto now = fs_.status(state.path);
    if (!before || !now) return before.has_value() == now.has_value();
    return now->inode == before->inode && now->size == before->size &&
           now->modified == before->modified;
  };
  auto done = os::replace_file_synced(fs_, state.path, script.text, is_as_seen);
  if (done) done = fs_.make_executable(state.path);
  if (done) installed_[state.name] = script.text;
  return done;
}

Result<std::vector<Step>> Installation::undo() {
  std::vector<Step> steps;
  if (!os::exists(fs_, directory_)) return steps;
  if (auto usable = check_directory(); !usable) return std::unexpected(usable.error());
  for (const Script& script : scripts()) {
    auto step = take_out(script);
    if (!step) return std::unexpected(step.error());
    steps.push_back(*std::move(step));
  }
  if (auto noted = note(); !noted) return std::unexpected(noted.error());
  return steps;
}

Result<Step> Installation::take_out(const Script& script) {
  const ScriptState state = look_at(script);
  const bool is_ours = state.place == ScriptPlace::Ours || state.place == ScriptPlace::Older;
  const bool is_missing = state.place == ScriptPlace::Missing;
  if (!is_ours && !is_missing) {
    const bool was_installed = installed_.contains(state.name);
    return Step{state.name, was_installed ? "left: edited since it was installed" : "not ours",
                false, was_installed || state.has_kept};
  }
  Status done;
  Step step{state.name, "not there"};
  if (state.has_kept) {
    done = fs_.rename(kept_path(state), state.path);
    step = {state.name, "the old one is back", true};
  } else if (is_ours) {
    done = fs_.unlink(state.path);
    step = {state.name, "removed; there was none before", true};
  }
  if (!done) return std::unexpected(done.error());
  installed_.erase(state.name);
  return step;
}

}  // namespace signalbox
