// Secrets out of git's messages: they end in logs, in `status` and in mails.
#include "base/text.h"
#include "secrets/masker.h"
#include "transport/git_remote.h"

namespace signalbox {
namespace {

constexpr std::size_t message_limit = 400;
constexpr std::size_t scan_limit = std::size_t{64} * 1024;  // more is never shown

std::string on_one_line(std::string_view text) {
  std::string result;
  for (const std::string_view line : lines_of(text)) {
    const std::string_view words = trimmed(line);
    if (words.empty()) continue;
    if (!result.empty()) result += "; ";
    result += words;
  }
  return result;
}

}  // namespace

std::string redacted(std::string_view text) {
  // Cut after the secrets are gone: a cut could hide the sign that marks one.
  const std::string line = on_one_line(text.substr(0, scan_limit));
  return printable(Masker().masked(line), message_limit);
}

}  // namespace signalbox
