// What the git program says.
#include "base/text.h"
#include "target.h"
#include "transport/git_inspection.h"
#include "transport/git_remote.h"

namespace signalbox::fuzz {
namespace {

void git(std::string_view bytes) {
  const auto half = bytes.size() / 2;
  for (const auto& [porcelain, errors] :
       {std::pair(bytes, bytes), std::pair(bytes.substr(0, half), bytes.substr(half))}) {
    const PushOutput output{.exit_status = 1, .porcelain = porcelain, .errors = errors};
    const auto pushed = interpret_push(output, "origin");
    require(!pushed && !pushed.error().what.empty());
    require(pushed.error().what.find('\n') == std::string::npos);
    const Error fetched = interpret_fetch_failure(output, "origin");
    // A fetch that failed moved nothing: it is never a question whether it did.
    require(fetched.kind != ErrorKind::AnswerLost && fetched.what.find('\n') == std::string::npos);
  }
  const std::string shown = redacted(bytes);
  require(shown.find('\n') == std::string::npos && printable(shown, shown.size()) == shown);
  if (const auto version = parse_git_version(bytes)) require(version->major >= 0);
  (void)parse_object_count(bytes);
}

const Target target("git", git);

}  // namespace
}  // namespace signalbox::fuzz
