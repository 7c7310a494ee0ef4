#include "transport/git_output.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/text.h"

namespace signalbox {
namespace {

constexpr std::size_t excerpt_limit = 400;

using Words = std::span<const std::string_view>;

// Sources: git's builtin/send-pack.c, transport.c, remote-curl.c, connect.c, http.c, refs/*.c,
// builtin/receive-pack.c; OpenSSH's ssh(1); the error texts of GitHub, GitLab and Bitbucket.
constexpr auto race_words = std::to_array<std::string_view>(
    {"non-fast-forward", "fetch first", "stale info", "cannot lock ref", "failed to update ref",
     "already exists", "incorrect old value provided", "failed to lock", "remote ref updated since",
     "but expected"});
constexpr auto size_words = std::to_array<std::string_view>(
    {"gh001", "file size limit", "exceeds", "too large", "quota", "no space left", "disk full",
     "unpacker error", "index-pack abnormal exit", "pack exceeds maximum", "http 413",
     "error: 413"});
constexpr auto rate_words =
    std::to_array<std::string_view>({"rate limit", "too many requests", "error: 429", "http 429",
                                     "abuse detection", "slow down", "too many connections"});
constexpr auto authentication_words = std::to_array<std::string_view>(
    {"permission denied (", "could not read username", "could not read password",
     "terminal prompts disabled", "authentication failed", "host key verification failed",
     "error: 401", "error: 403", "invalid username or password", "invalid credentials",
     "repository not found", "access denied", "not authorized", "too many authentication failures",
     "http basic: access denied", "permission to "});
constexpr auto unreachable_words =
    std::to_array<std::string_view>({"could not resolve",
                                     "connection refused",
                                     "no route to host",
                                     "network is unreachable",
                                     "connection timed out",
                                     "operation timed out",
                                     "does not appear to be a git repository",
                                     "not a git repository",
                                     "couldn't connect",
                                     "failed to connect",
                                     "could not connect",
                                     "name or service not known",
                                     "temporary failure in name resolution",
                                     "error: 404",
                                     "error: 500",
                                     "error: 502",
                                     "error: 503",
                                     "error: 504",
                                     "ssl",
                                     "certificate",
                                     "unable to access",
                                     "no such file or directory",
                                     "proxy",
                                     "connection closed by"});
constexpr auto broken_words = std::to_array<std::string_view>(
    {"connection reset", "hung up", "early eof", "unexpected disconnect", "broken pipe",
     "remote end hung up", "rpc failed", "connection closed", "send-pack: unexpected",
     "no response from server"});

std::string lowered(std::string_view text) {
  std::string low(text);
  std::ranges::transform(low, low.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return low;
}

bool says(const std::string& low, Words words) {
  return std::ranges::any_of(words,
                             [&](std::string_view word) { return low.find(word) != low.npos; });
}

// The line of the ref that was pushed: its flag and the summary behind the second tab.
struct RefLine {
  char flag = '\0';
  std::string summary;
};
RefLine ref_line(std::string_view porcelain) {
  for (const std::string_view line : lines_of(porcelain)) {
    if (line.size() < 2 || line[1] != '\t') continue;
    const auto second_tab = line.find('\t', 2);
    if (second_tab == std::string_view::npos) continue;
    return {line[0], lowered(line.substr(second_tab + 1))};
  }
  return {};
}

Error error_of(ErrorKind kind, const std::string& remote, std::string_view said) {
  const std::string excerpt = redacted(said);
  const auto with = [&](const std::string& what, const std::string& advice) {
    return Error{kind, what + (excerpt.empty() ? "" : ": " + excerpt), advice};
  };
  const std::string name = "'" + remote + "'";
  switch (kind) {
    case ErrorKind::RaceLost:
      return with("another writer updated " + name + " first",
                  "nothing is lost; the reports wait and are tried again");
    case ErrorKind::Refused:
      return with("the remote " + name + " refused the push",
                  "the reports wait; ask its administrator about hooks, rulesets and protected "
                  "branches, then run 'signalbox sync'");
    case ErrorKind::Authentication:
      return with("the remote " + name + " did not let us in",
                  "the reports wait; try 'git push' by hand, set up a key or a credential helper "
                  "that needs no prompt, then run 'signalbox sync'");
    case ErrorKind::TooLarge:
      return with("the push is too large for the remote " + name + ", or it is out of space",
                  "the reports wait; make room there, then run 'signalbox sync'");
    case ErrorKind::RateLimited:
      return with("the remote " + name + " asks us to slow down",
                  "the reports wait and are tried again; lower pushes_per_minute if it repeats");
    case ErrorKind::TimedOut:
      return with("the remote " + name + " did not answer in time",
                  "the reports wait and are tried again; raise push_timeout for a slow link");
    case ErrorKind::AnswerLost:
      return with("the connection to " + name + " broke before it answered",
                  "the next fetch shows whether the push arrived; nothing is lost or doubled");
    default:
      return with("cannot reach the remote " + name,
                  "the reports wait and are tried again; check the network and 'git remote -v'");
  }
}

bool is_url_end(char c) {
  return c == ' ' || c == '\'' || c == '"' || c == '\n' || c == '/';
}

}  // namespace

std::string redacted(std::string_view text) {
  std::string out;
  for (const std::string_view line : lines_of(text)) {
    const std::string_view kept = trimmed(line);
    if (kept.empty() || kept.starts_with("hint:") || kept.starts_with("To ")) continue;
    if (!out.empty()) out += "; ";
    out += kept;
  }
  // "https://user:secret@host": what stands between "//" and "@" is nobody's business.
  for (std::size_t at = out.find("://"); at != std::string::npos; at = out.find("://", at)) {
    at += 3;
    std::size_t end = at;
    while (end < out.size() && !is_url_end(out[end])) ++end;
    const auto sign = out.rfind('@', end);
    if (sign != std::string::npos && sign >= at) out.replace(at, sign - at, "***");
  }
  for (const std::string_view secret : {"authorization: ", "x-access-token:", "private-token: "}) {
    const auto at = lowered(out).find(secret);
    if (at != std::string::npos) out.resize(at);
  }
  return printable(out, excerpt_limit);
}

Status interpret_push(const GitOutput& output, const std::string& remote) {
  const RefLine ref = ref_line(output.porcelain);
  const bool taken = ref.flag == ' ' || ref.flag == '*' || ref.flag == '=';
  if (taken && output.exit_status == 0) return {};
  const auto failed = [&](ErrorKind kind, std::string_view said) {
    return std::unexpected(error_of(kind, remote, said));
  };
  const std::string said = lowered(output.errors);
  if (ref.flag == '!') {
    if (says(ref.summary, size_words)) return failed(ErrorKind::TooLarge, output.errors);
    if (says(ref.summary, race_words)) return failed(ErrorKind::RaceLost, ref.summary);
    if (says(said, rate_words)) return failed(ErrorKind::RateLimited, output.errors);
    if (says(said, size_words)) return failed(ErrorKind::TooLarge, output.errors);
    // "[remote failure] (remote failed to report status)": sent, and no answer came.
    if (ref.summary.find("remote failure") != std::string::npos) {
      return failed(ErrorKind::AnswerLost, output.errors);
    }
    return failed(ErrorKind::Refused, std::string(output.errors) + "\n" + ref.summary);
  }
  if (output.timed_out) return failed(ErrorKind::TimedOut, output.errors);
  if (says(said, rate_words)) return failed(ErrorKind::RateLimited, output.errors);
  if (says(said, authentication_words)) return failed(ErrorKind::Authentication, output.errors);
  if (says(said, size_words)) return failed(ErrorKind::TooLarge, output.errors);
  if (says(said, unreachable_words) && !says(said, broken_words)) {
    return failed(ErrorKind::Unreachable, output.errors);
  }
  if (says(said, broken_words)) {
    const bool never_sent =
        said.find("could not read from remote") != std::string::npos && output.porcelain.empty();
    return failed(never_sent ? ErrorKind::Unreachable : ErrorKind::AnswerLost, output.errors);
  }
  if (says(said, race_words)) return failed(ErrorKind::RaceLost, output.errors);
  // Not one of the ways we know. The next fetch decides, as after a lost answer.
  return failed(ErrorKind::AnswerLost, output.errors);
}

Error interpret_fetch_failure(const GitOutput& output, const std::string& remote) {
  const std::string said = lowered(output.errors);
  if (output.timed_out) return error_of(ErrorKind::TimedOut, remote, output.errors);
  if (says(said, rate_words)) return error_of(ErrorKind::RateLimited, remote, output.errors);
  if (says(said, authentication_words)) {
    return error_of(ErrorKind::Authentication, remote, output.errors);
  }
  return error_of(ErrorKind::Unreachable, remote, output.errors);
}

}  // namespace signalbox
