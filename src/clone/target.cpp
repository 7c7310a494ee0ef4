#include "clone/target.h"

#include <algorithm>

#include "base/text.h"

namespace signalbox {
namespace {

constexpr std::size_t longest_name = 200;
constexpr std::size_t cache_limit = 1024;

bool allowed(char c) {
  return static_cast<unsigned char>(c) > ' ' && c != 0x7F &&
         std::string_view("~^:?*[\\").find(c) == std::string_view::npos;
}

bool is_ref_name(std::string_view name) {
  if (name.empty() || name.size() > longest_name || name == "@" || name == "HEAD") return false;
  if (name.front() == '-' || name.front() == '/' || name.back() == '/' || name.back() == '.') {
    return false;
  }
  if (!std::ranges::all_of(name, allowed)) return false;
  for (const std::string_view part : {"..", "//", "@{", "/.", ".lock/"}) {
    if (name.find(part) != std::string_view::npos) return false;
  }
  return name.front() != '.' && !name.ends_with(".lock");
}

std::string cache_path(const Clone& clone) {
  return clone.own_directory() + "/branch";
}

}  // namespace

Status check_ref_name(std::string_view name, const std::string& what) {
  // A URL may carry a password: it is not repeated.
  if (name.find_first_of(":@") != std::string_view::npos) {
    return fail(ErrorKind::InvalidInput, "the name of a " + what + " holds a ':' or a '@'",
                "a remote is given by its name, as `git remote` lists it, not by its URL");
  }
  if (is_ref_name(name)) return {};
  return fail(ErrorKind::InvalidInput,
              "'" + printable(name, 60) + "' cannot be the name of a " + what,
              "see git-check-ref-format(1); it may not start with '-'");
}

std::optional<Target> cached_target(os::FileSystem& fs, const Clone& clone) {
  const auto text = fs.read(cache_path(clone), cache_limit);
  // A power cut may leave the beginning: "m" of "main" is a branch too.
  if (!text || !text->ends_with('\n')) return std::nullopt;
  const auto lines = lines_of(*text);
  if (lines.size() != 2 || !is_ref_name(lines[1])) return std::nullopt;
  if (!lines[0].empty() && !is_ref_name(lines[0])) return std::nullopt;
  return Target{std::string(lines[0]), std::string(lines[1])};
}

Status cache_target(os::FileSystem& fs, const Clone& clone, const Target& target) {
  if (auto made = os::make_directories(fs, clone.own_directory()); !made) return made;
  return os::replace_file(fs, cache_path(clone), target.remote + "\n" + target.branch + "\n");
}

}  // namespace signalbox
