#include "verify/traces.h"

#include <functional>
#include <string_view>

#include "base/text.h"
#include "repository/object_reader.h"
#include "verify/journal.h"

namespace signalbox {
namespace {

constexpr std::size_t reflog_limit = 256UL << 20U;  // bytes
constexpr std::size_t id_length = 40;
constexpr std::string_view no_commit = "0000000000000000000000000000000000000000";

// Lines `<before> <after> <who> <seconds> <zone>\t<message>`; others are passed over, as git does.
Status for_each_entry(os::FileSystem& fs, const std::string& path,
                      const std::function<void(std::string_view before, std::string_view after,
                                               std::string_view message)>& visit) {
  const auto bytes = fs.read(path, reflog_limit);
  if (!bytes && bytes.error().kind == ErrorKind::NotFound) return {};
  if (!bytes) return std::unexpected(bytes.error());
  for (const std::string_view line : lines_of(*bytes)) {
    if (line.size() < 2 * id_length + 1) continue;
    const auto tab = line.find('\t');
    visit(line.substr(0, id_length), line.substr(id_length + 1, id_length),
          tab == std::string_view::npos ? std::string_view() : line.substr(tab + 1));
  }
  return {};
}

}  // namespace

Status add_reflog(os::FileSystem& fs, const Clone& repository, const std::string& ref,
                  const std::string& said_by, std::map<std::string, std::string>& seen_tips) {
  return for_each_entry(fs, repository.common_directory + "/logs/" + ref,
                        [&](std::string_view before, std::string_view after, std::string_view) {
                          for (const std::string_view commit : {before, after}) {
                            if (commit != no_commit && is_commit_id(commit)) {
                              seen_tips.try_emplace(std::string(commit), said_by);
                            }
                          }
                        });
}

Status check_stash(os::FileSystem& fs, const Clone& repository, Findings& findings) {
  findings.checked(Rule::NoStash);
  const auto objects = ObjectReader::open(repository.common_directory);
  // A shallow clone has a stash like any other; its reflog speaks for it below.
  if (!objects && objects.error().kind != ErrorKind::Unsupported) {
    return std::unexpected(objects.error());
  }
  const std::string& place =
      repository.worktree.empty() ? repository.common_directory : repository.worktree;
  if (objects) {
    const auto stash = objects->commit_at("refs/stash");
    if (!stash) return std::unexpected(stash.error());
    if (!stash->empty()) {
      findings.violated(Rule::NoStash,
                        {.what = "there is a stash", .commit = *stash, .path = place});
    }
  }
  return for_each_entry(
      fs, repository.git_directory + "/logs/HEAD",
      [&](std::string_view, std::string_view after, std::string_view message) {
        if (!message.starts_with("reset: moving to ")) return;
        findings.violated(Rule::NoStash, {.what = "HEAD's reflog says '" + printable(message, 80) +
                                                  "', as a stash or a hard reset leaves it",
                                          .commit = std::string(after),
                                          .path = place});
      });
}

}  // namespace signalbox
