#include "migrate/survey.h"

#include <algorithm>

#include "base/text.h"
#include "scripts/scripts.h"

namespace signalbox {
namespace {

constexpr std::size_t file_limit = 1UL << 20U;  // bytes
constexpr std::size_t files_limit = 10'000;
constexpr std::size_t skipped_limit = 100;  // lines that say why
constexpr int depth_limit = 8;

class Surveyor {
 public:
  Surveyor(os::FileSystem& fs, Survey& survey) : fs_(fs), survey_(survey) {}

  void look_into(const std::string& path, int depth) {
    const auto found = fs_.status(path);
    if (!found) return skip(path, found.error().what);
    if (found->type == os::FileType::Directory) return look_into_directory(path, depth);
    if (found->type == os::FileType::Regular) return read(path, false);
    // Where a link leads is looked at under its own name, if it is to be looked at.
    if (depth == 0) skip(path, "not a file or a directory");
  }

  void read(const std::string& path, bool is_replaced) {
    if (survey_.files == files_limit) {
      is_full_ = true;
      return;
    }
    const auto bytes = fs_.read(path, file_limit);
    if (!bytes) return skip(path, bytes.error().what);
    ++survey_.files;
    if (bytes->find('\0') != std::string::npos) return;
    add(path, *bytes, is_replaced);
  }

  void add(const std::string& file, std::string_view text, bool is_replaced) {
    for (Call& call : find_calls(text)) {
      // That the scripts call each other is no news.
      if (is_replaced && call.kind != CallKind::Dangerous) continue;
      survey_.findings.push_back({file, std::move(call), is_replaced});
    }
  }

  void finish() {
    if (is_full_) {
      survey_.skipped.push_back("more than " + std::to_string(files_limit) +
                                " files: the rest was not read");
    }
  }

 private:
  void look_into_directory(const std::string& path, int depth) {
    if (depth > depth_limit) return skip(path, "nested too deeply");
    const auto names = fs_.list(path);
    if (!names) return skip(path, names.error().what);
    for (const std::string& name : *names) {
      if (name == ".git" || is_full_) continue;
      look_into(path + "/" + name, depth + 1);
    }
  }

  void skip(const std::string& path, const std::string& why) {
    if (survey_.skipped.size() < skipped_limit) survey_.skipped.push_back(path + ": " + why);
  }

  os::FileSystem& fs_;
  Survey& survey_;
  bool is_full_ = false;
};

}  // namespace

Result<Survey> survey(os::FileSystem& fs, const Installation& installation,
                      const std::string& crontab, const std::vector<std::string>& paths) {
  Survey result;
  result.scripts = installation.look();
  Surveyor surveyor(fs, result);
  for (const ScriptState& script : result.scripts) {
    if (script.place == ScriptPlace::Foreign) surveyor.read(script.path, true);
  }
  surveyor.add("crontab", crontab, false);
  for (const std::string& path : paths) {
    // What a person names is followed where it leads.
    const std::string real = absolute_path(path);
    if (!os::exists(fs, real)) {
      return fail(ErrorKind::NotFound, "there is no '" + printable(path) + "'",
                  "name job scripts, or directories of them");
    }
    surveyor.look_into(real, 0);
  }
  surveyor.finish();
  return result;
}

}  // namespace signalbox
