// signalbox init: a monitor repository, new or adopted.
#include <algorithm>

#include "base/text.h"
#include "board/view.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "clone/settings.h"
#include "clone/target.h"
#include "repository/create.h"
#include "repository/repository.h"
#include "site/naming.h"

namespace signalbox::cli {
namespace {

constexpr std::size_t file_limit = 1UL << 20U;
constexpr std::string_view pages_branch = "gh-pages";

struct Options {
  std::string path = ".";
  std::string branch, remote;
  bool pages = false;
};

struct OwnedFile {
  const char* name;
  std::vector<std::string> lines;  // added when they are not there
};

const std::vector<OwnedFile>& owned_files() {
  static const std::vector<OwnedFile> files = {
      // Byte for byte what was written; and a person's merge of views is settled by the next
      // publish, so either side will do.
      {".gitattributes",
       {"data/status/*.json -text", "data/history/** -text", "data/status/*.json merge=binary",
        "data/health/** -text merge=binary", "data/details/** -text merge=binary"}},
      {".gitignore", {".signalbox-tmp-*", ".git_sync_lock/", "/logs/dashboard_sync.log*"}}};
  return files;
}

// Adds the lines that a file lacks; what a person wrote stays.
Status add_lines(os::FileSystem& fs, const std::string& directory, const OwnedFile& file,
                 std::vector<std::string>& done) {
  const std::string path = directory + "/" + file.name;
  auto bytes = fs.read(path, file_limit);
  if (!bytes && bytes.error().kind != ErrorKind::NotFound) return std::unexpected(bytes.error());
  std::string text = bytes ? *bytes : std::string();
  const std::string before = text;
  for (const std::string& line : file.lines) {
    bool there = false;
    for (const std::string_view present : lines_of(before))
      there = there || trimmed(present) == line;
    if (there) continue;
    if (!text.empty() && !text.ends_with('\n')) text += '\n';
    text += line + '\n';
  }
  if (text == before) return {};
  done.push_back(file.name);
  return os::replace_file_synced(fs, path, text);
}

Status add_file(os::FileSystem& fs, const std::string& path, const std::string& text,
                const std::string& name, std::vector<std::string>& done) {
  if (os::exists(fs, path)) return {};
  done.push_back(name);
  return os::replace_file_synced(fs, path, text);
}

Result<std::vector<std::string>> furnish(os::FileSystem& fs, const std::string& worktree) {
  std::vector<std::string> done;
  for (const std::string_view directory : {status_directory, history_directory}) {
    const std::string path = worktree + "/" + std::string(directory);
    if (auto made = os::make_directories(fs, path); !made) return std::unexpected(made.error());
    auto added = add_file(fs, path + "/.gitkeep", "", std::string(directory) + "/.gitkeep", done);
    if (!added) return std::unexpected(added.error());
  }
  for (const OwnedFile& file : owned_files()) {
    if (auto added = add_lines(fs, worktree, file, done); !added) {
      return std::unexpected(added.error());
    }
  }
  auto added =
      add_file(fs, worktree + "/signalbox.toml", settings_template(), "signalbox.toml", done);
  if (!added) return std::unexpected(added.error());
  return done;
}

// Puts the site's branch into the settings, where they name none; the rest of the file stays.
Status name_site_branch(os::FileSystem& fs, const std::string& worktree,
                        std::vector<std::string>& done) {
  const std::string path = worktree + "/" + settings_file;
  const auto bytes = fs.read(path, settings_limit);
  if (!bytes) return std::unexpected(bytes.error());
  const auto before = parse_settings(*bytes);
  if (!before) return std::unexpected(before.error());
  if (!before->site_branch.empty()) return {};
  const std::string setting = "branch = \"" + std::string(pages_branch) + "\"\n";
  std::string text;
  bool is_there = false;
  for (const std::string_view line : lines_of(*bytes)) {
    text += std::string(line) + "\n";
    if (is_there || trimmed(line) != "[site]") continue;
    text += setting;
    is_there = true;
  }
  if (!is_there) text += "\n[site]\n" + setting;
  const auto after = parse_settings(text);
  if (!after || after->site_branch != pages_branch) {
    return fail(ErrorKind::InvalidInput, "'" + path + "' has a [site] that cannot be added to",
                "put " + std::string(trimmed(setting)) + " there by hand");
  }
  if (std::ranges::find(done, settings_file) == done.end()) done.emplace_back(settings_file);
  return os::replace_file_synced(fs, path, text);
}

// What a person does once, because no push can.
void print_pages_advice(const Clone& clone) {
  const auto repository = Repository::open(clone);
  const auto url = repository ? repository->config("remote.origin.url") : std::nullopt;
  const std::string page = site::web_page_of(url.value_or(""));
  const bool is_github = page.starts_with("https://github.com/");
  print(
      "\nGitHub Pages, once:\n"
      "  1. commit and push signalbox.toml; the next sync makes the branch '" +
      std::string(pages_branch) + "'\n  2. " +
      (is_github ? page + "/settings/pages" : "on the repository's page: Settings, Pages") +
      "\n     Source: Deploy from a branch; Branch: " + std::string(pages_branch) +
      ", / (root); Save\n");
}

Result<Clone> find_or_create(Environment& environment, const std::string& path, bool& created) {
  const std::string place = absolute_path(path);
  // Only a repository that is exactly there: `init` in a directory of another one makes its own.
  if (os::exists(environment.fs, place + "/.git") || os::exists(environment.fs, place + "/HEAD")) {
    auto found = find_clone(environment.fs, place);
    if (found && found->worktree != place && found->common_directory != place) {
      return fail(ErrorKind::Corrupt, "'" + printable(place) + "/.git' is no repository",
                  "move it away, or clone anew, and run 'signalbox init' again");
    }
    return found;
  }
  if (auto made = create_repository(environment.fs, place); !made) {
    return std::unexpected(made.error());
  }
  created = true;
  return find_clone(environment.fs, place);
}

Result<int> run_init(Environment& environment, const Options& options) {
  for (const auto& [name, what] :
       {std::pair{options.branch, "branch"}, {options.remote, "remote"}}) {
    if (name.empty()) continue;
    if (auto checked = check_ref_name(name, what); !checked) {
      return std::unexpected(checked.error());
    }
  }
  bool created = false;
  const auto clone = find_or_create(environment, options.path, created);
  if (!clone) return std::unexpected(clone.error());
  for (const auto& [key, value] :
       {std::pair{"signalbox.branch", options.branch}, {"signalbox.remote", options.remote}}) {
    if (value.empty()) continue;
    if (auto set = set_config(*clone, key, value); !set) return std::unexpected(set.error());
  }
  if (options.pages && clone->worktree.empty()) {
    return fail(ErrorKind::InvalidInput, "a bare repository has no signalbox.toml to write",
                "run 'signalbox init --pages' in a clone of it");
  }
  const std::string place = clone->worktree.empty() ? clone->common_directory : clone->worktree;
  print(std::string(created ? "made" : "found") + " the repository '" + place + "'\n");
  if (!clone->worktree.empty()) {
    auto done = furnish(environment.fs, clone->worktree);
    if (!done) return std::unexpected(done.error());
    if (options.pages) {
      auto named = name_site_branch(environment.fs, clone->worktree, *done);
      if (!named) return std::unexpected(named.error());
    }
    for (const std::string& name : *done) print("  wrote " + name + "\n");
    if (done->empty()) print("  everything is there already\n");
  }
  print("\nNext:\n");
  if (!clone->worktree.empty()) {
    print("  git -C '" + place + "' add .gitattributes .gitignore signalbox.toml data && git -C '" +
          place + "' commit -m 'Set up signalbox'\n");
  }
  print("  signalbox report -C '" + place + "' my_job running 0 10 'hello'\n" +
        "  signalbox status -C '" + place + "'\n");
  if (options.pages) print_pages_advice(*clone);
  return 0;
}

}  // namespace

int init(Environment& environment, const Arguments& arguments) {
  Options options;
  CommandLine line("init", "[OPTIONS] [PATH]",
                   "Make a monitor repository, or adopt an existing clone.",
                   "Examples:\n"
                   "  signalbox init ~/monitor\n"
                   "  git clone git@example.org:team/monitor.git && signalbox init monitor\n\n"
                   "Writes only what is missing, commits nothing.");
  line.positional("PATH", options.path, CommandLine::Need::Optional,
                  "where (default: here); a clone that is there is adopted");
  line.text("--branch", options.branch, "publish to this branch (git config signalbox.branch)");
  line.flag("--pages", options.pages,
            "have the dashboard on the branch gh-pages, for GitHub Pages");
  line.text("--remote", options.remote, "publish to this remote (git config signalbox.remote)");
  if (const auto ended = line.parse(arguments)) return *ended;
  const auto done = run_init(environment, options);
  if (done) return *done;
  print_error(done.error());
  return exit_code(done.error().kind);
}

}  // namespace signalbox::cli
