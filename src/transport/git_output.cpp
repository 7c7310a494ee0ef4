// What git's words mean. Evidence is weighed in this order: the exit status, the ref lines of
// `push --porcelain` (git's transport.c writes them, receive-pack.c the reasons in parentheses),
// then stderr with LC_ALL=C, where "remote: " marks what the other side said (sideband.c).
#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <span>
#include <vector>

#include "base/text.h"
#include "transport/git_remote.h"

namespace signalbox {
namespace {

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char byte) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(byte)));
  });
  return result;
}

// How a call ended, one finer than ErrorKind where a person needs other words or other advice.
enum class Ending {
  RaceLost,
  CheckedOut,
  Refused,
  WrongKey,
  UnknownHost,
  NoCredentials,
  NoAccess,
  BadCertificate,
  TooLarge,
  RateLimited,
  Unreachable,
  NoRepository,
  ServerFailed,
  TimedOut,
  ConnectionLost,
  LocalLock,
  LocalNoSpace,
  LocalReadOnly,
  LocalPermission,
  NotOwned,
  OldGit,
  NotConfigured,
};

struct Rule {
  std::string_view words;  // lower case
  Ending ending;
};

// Sizes and rates come first wherever hosts phrase them as a refusal: "pre-receive hook declined"
// alone does not say which of the three it was.
constexpr std::array size_words = {
    Rule{"gh001", Ending::TooLarge},                    // GitHub: large files detected
    Rule{"file size limit", Ending::TooLarge},          // GitHub, Bitbucket
    Rule{"exceeds", Ending::TooLarge},                  // "... exceeds GitHub's", git's own limits
    Rule{"above its size limit", Ending::TooLarge},     // GitLab: "repository is above its ..."
    Rule{"size limit", Ending::TooLarge},               // GitLab, Azure DevOps
    Rule{"quota", Ending::TooLarge},                    // EDQUOT and hosts
    Rule{"no space left on device", Ending::TooLarge},  // ENOSPC on the other side
    Rule{"rpc failed; http 413", Ending::TooLarge},     // a proxy's body limit
    Rule{"error: 413", Ending::TooLarge},
};

constexpr std::array rate_words = {
    Rule{"rate limit", Ending::RateLimited},  // GitHub, with "secondary" or "API" before it
    Rule{"rate-limit", Ending::RateLimited},
    Rule{"too many requests", Ending::RateLimited},
    Rule{"too many connections", Ending::RateLimited},
    Rule{"abuse detection", Ending::RateLimited},
    Rule{"error: 429", Ending::RateLimited},
    Rule{"http 429", Ending::RateLimited},
};

// receive-pack's reasons, and those of hosts that speak its protocol.
constexpr std::array rejection_words = {
    Rule{"non-fast-forward", Ending::RaceLost},
    Rule{"fetch first", Ending::RaceLost},
    Rule{"stale info", Ending::RaceLost},
    Rule{"remote ref updated since checkout", Ending::RaceLost},
    Rule{"already exists", Ending::RaceLost},
    Rule{"cannot lock ref", Ending::RaceLost},
    Rule{"failed to update ref", Ending::RaceLost},
    Rule{"failed to lock", Ending::RaceLost},  // JGit: Gerrit
    Rule{"lock error", Ending::RaceLost},
    Rule{"incorrect old value provided", Ending::RaceLost},  // git 2.50
    Rule{"branch is currently checked out", Ending::CheckedOut},
    Rule{"unpacker error", Ending::TooLarge},
    Rule{"internal server error", Ending::ServerFailed},
    Rule{"remote failed to report status", Ending::ConnectionLost},
};

// Why the other side could not take the data or move the ref, when it says more than the reason.
constexpr std::array storage_words = {
    Rule{"permission denied", Ending::Refused},
    Rule{"insufficient permission", Ending::Refused},
    Rule{"read-only file system", Ending::Refused},
    Rule{"fsck error", Ending::Refused},
    Rule{"error in object", Ending::Refused},
};

// ssh, http.c, connect.c, remote-curl.c and the hosts' front doors. The first match decides, so
// what names the cause stands before what git adds to every failure of that sort.
constexpr std::array connection_words = {
    Rule{"host key verification failed", Ending::UnknownHost},
    Rule{"remote host identification has changed", Ending::UnknownHost},
    Rule{"permission denied (", Ending::WrongKey},
    Rule{"too many authentication failures", Ending::WrongKey},
    Rule{"terminal prompts disabled", Ending::NoCredentials},
    Rule{"could not read username", Ending::NoCredentials},
    Rule{"could not read password", Ending::NoCredentials},
    Rule{"authentication failed", Ending::NoCredentials},
    Rule{"invalid username or password", Ending::NoCredentials},
    Rule{"invalid username or token", Ending::NoCredentials},
    Rule{"http basic: access denied", Ending::NoCredentials},  // GitLab
    Rule{"error: 401", Ending::NoCredentials},
    Rule{"http 401", Ending::NoCredentials},
    Rule{"error: 407", Ending::NoCredentials},
    Rule{"remote: repository not found", Ending::NoAccess},  // GitHub hides what one may not see
    Rule{"error: repository not found", Ending::NoAccess},   // its ssh side
    Rule{"could not be found or you don't have permission", Ending::NoAccess},  // GitLab
    Rule{"remote: permission to", Ending::NoAccess},
    Rule{"write access to repository not granted", Ending::NoAccess},
    Rule{"deploy key", Ending::NoAccess},
    Rule{"key you are authenticating with has been marked as read only", Ending::NoAccess},
    Rule{"error: 403", Ending::NoAccess},
    Rule{"http 403", Ending::NoAccess},
    Rule{"access denied", Ending::NoAccess},
    Rule{"ssl certificate problem", Ending::BadCertificate},
    Rule{"server certificate verification failed", Ending::BadCertificate},  // GnuTLS
    Rule{"no alternative certificate subject name", Ending::BadCertificate},
    Rule{"does not match target host name", Ending::BadCertificate},
    Rule{"operation too slow", Ending::TimedOut},
    Rule{"dubious ownership", Ending::NotOwned},
    Rule{"unsafe repository", Ending::NotOwned},  // git 2.35.2
    Rule{"could not resolve", Ending::Unreachable},
    Rule{"name or service not known", Ending::Unreachable},
    Rule{"temporary failure in name resolution", Ending::Unreachable},
    Rule{"connection refused", Ending::Unreachable},
    Rule{"couldn't connect to server", Ending::Unreachable},
    Rule{"failed to connect to", Ending::Unreachable},
    Rule{"no route to host", Ending::Unreachable},
    Rule{"network is unreachable", Ending::Unreachable},
    Rule{"network is down", Ending::Unreachable},
    Rule{"proxy connect aborted", Ending::Unreachable},
    Rule{"connection timed out", Ending::Unreachable},
    Rule{"connection timeout", Ending::Unreachable},
    Rule{"kex_exchange_identification", Ending::Unreachable},
    Rule{"banner exchange", Ending::Unreachable},
    Rule{"does not appear to be a git repository", Ending::NoRepository},
    Rule{"not a git repository", Ending::NoRepository},
    Rule{"no such device or address", Ending::NoCredentials},  // a prompt without a terminal
    Rule{"no such remote", Ending::NotConfigured},
    Rule{"no configured push destination", Ending::NotConfigured},
    Rule{"unknown option", Ending::OldGit},
};

// A failure without a cause that git knows. Its first contact moves nothing (connect.c,
// remote-curl.c); after that, what the other side did is open.
constexpr std::array exchange_words = {
    Rule{"rpc failed", Ending::ConnectionLost},
    Rule{"returned error: 5", Ending::ServerFailed},  // "The requested URL returned error: 502"
    Rule{"' not found", Ending::NoRepository},        // "repository 'URL' not found"
    Rule{"hung up upon initial contact", Ending::Unreachable},
    Rule{"could not read from remote repository", Ending::Unreachable},
    Rule{"unable to access", Ending::Unreachable},
    Rule{"unexpected disconnect", Ending::ConnectionLost},
    Rule{"the remote end hung up unexpectedly", Ending::ConnectionLost},
    Rule{"early eof", Ending::ConnectionLost},
    Rule{"connection reset", Ending::ConnectionLost},
    Rule{"broken pipe", Ending::ConnectionLost},
};

// This clone's own troubles while it takes in what was fetched.
constexpr std::array local_words = {
    Rule{"cannot lock ref", Ending::LocalLock},
    Rule{".lock': file exists", Ending::LocalLock},
    Rule{"no space left on device", Ending::LocalNoSpace},
    Rule{"disk quota exceeded", Ending::LocalNoSpace},
    Rule{"read-only file system", Ending::LocalReadOnly},
    Rule{"insufficient permission", Ending::LocalPermission},
    Rule{"': permission denied", Ending::LocalPermission},
};

std::optional<Rule> first_match(std::span<const Rule> rules, const std::string& text) {
  for (const Rule& rule : rules) {
    if (text.find(rule.words) != std::string::npos) return rule;
  }
  return std::nullopt;
}

bool is_noise(std::string_view line) {
  return line.empty() || line.starts_with("hint:") || line.starts_with("warning:") ||
         line.starts_with("Warning:") || line.starts_with("To ") || line.starts_with("From ");
}

constexpr std::string_view remote_prefix = "remote:";

// stderr as evidence: its lines, and the part of them that the other side wrote.
struct Words {
  std::vector<std::string_view> lines;
  std::vector<std::string_view> remote_lines;
  std::string all;         // lower case
  std::string remote_all;  // lower case

  explicit Words(std::string_view errors) {
    for (const std::string_view line : lines_of(errors)) {
      const std::string_view text = trimmed(line);
      if (is_noise(text)) continue;
      lines.push_back(text);
      all += lower_case(text) + "\n";
      if (!text.starts_with(remote_prefix)) continue;
      const std::string_view said = trimmed(text.substr(remote_prefix.size()));
      if (said.empty()) continue;
      remote_lines.push_back(said);
      remote_all += lower_case(said) + "\n";
    }
  }

  [[nodiscard]] std::string line_with(std::string_view words) const {
    for (const std::string_view line : lines) {
      if (lower_case(line).find(words) != std::string::npos) return evidence_of(line);
    }
    return {};
  }

  [[nodiscard]] std::string remote_text() const {
    std::string text;
    for (const std::string_view line : remote_lines) text += std::string(line) + "\n";
    return redacted(text);
  }

  [[nodiscard]] std::string last_line() const {
    return lines.empty() ? std::string() : evidence_of(lines.back());
  }

 private:
  // How alarmed git is by it is for us to say.
  [[nodiscard]] static std::string evidence_of(std::string_view line) {
    for (const std::string_view alarm : {"fatal: ", "error: "}) {
      if (line.starts_with(alarm)) line.remove_prefix(alarm.size());
    }
    return redacted(line);
  }
};

// " ('PLACE')": what git's line has in quotes; nothing when that is nothing.
std::string place_in(std::string_view evidence) {
  const auto open = evidence.find('\'');
  const auto close = evidence.rfind('\'');
  if (open == std::string_view::npos || close <= open + 1) return {};
  return " (" + std::string(evidence.substr(open, close - open + 1)) + ")";
}

// The wording of an ending. `remote` is already printable; `evidence` is git's own line.
Error error_of(Ending ending, const std::string& remote, const std::string& evidence) {
  const std::string name = "'" + remote + "'";
  const std::string says = evidence.empty() ? "" : ": " + evidence;
  switch (ending) {
    case Ending::RaceLost:
      return {ErrorKind::RaceLost, "another writer moved the branch on " + name + " first" + says,
              "the commit is built again on the new tip"};
    case Ending::CheckedOut:
      return {ErrorKind::Refused,
              name + " has the branch checked out and does not let it be moved" + says,
              "use a bare repository as the remote"};
    case Ending::Refused:
      return {ErrorKind::Refused, name + " refused the push" + says,
              "see the branch's rules and hooks there; waiting alone will not help"};
    case Ending::WrongKey:
      return {ErrorKind::Authentication, name + " accepted none of the ssh keys" + says,
              "try `git fetch " + remote +
                  "`; a job without ssh-agent needs a key without a passphrase"};
    case Ending::UnknownHost:
      return {ErrorKind::Authentication,
              "the ssh host key of " + name + " is not the known one" + says,
              "run `git fetch " + remote + "` once by hand and compare the key"};
    case Ending::NoCredentials:
      return {ErrorKind::Authentication, name + " wants a user name and password" + says,
              "store a token with a git credential helper, or use ssh"};
    case Ending::NoAccess:
      return {ErrorKind::Authentication, name + " does not give access" + says,
              "check the address and that the key or token may write to that repository"};
    case Ending::BadCertificate:
      return {ErrorKind::Authentication, "the certificate of " + name + " is not trusted" + says,
              "name the right authority in git's http.sslCAInfo"};
    case Ending::TooLarge:
      return {ErrorKind::TooLarge, name + " has no room for the data" + says,
              "see the remote's disk, quota and size limits"};
    case Ending::RateLimited:
      return {ErrorKind::RateLimited, name + " asks for fewer requests" + says,
              "wait; a lower pushes_per_minute avoids it"};
    case Ending::Unreachable:
      return {ErrorKind::Unreachable, name + " cannot be reached" + says,
              "check network, proxy and `git remote get-url " + remote + "`"};
    case Ending::NoRepository:
      return {ErrorKind::Unreachable, "there is no repository at " + name + place_in(evidence),
              "it was moved or deleted, its file system is away, or the address is wrong: check "
              "`git remote get-url " +
                  remote + "`"};
    case Ending::ServerFailed:
      return {ErrorKind::Unreachable, name + " failed on its own side" + says, "try again later"};
    case Ending::TimedOut:
      return {ErrorKind::TimedOut, name + " did not answer in time" + says,
              "the next fetch shows what it took in; raise push_timeout for a slow remote"};
    case Ending::ConnectionLost:
      return {ErrorKind::AnswerLost,
              "the connection to " + name + " broke before its answer" + says,
              "the next fetch shows whether the push arrived"};
    case Ending::LocalLock:
      return {ErrorKind::Busy, "another git process is writing this clone's refs" + says,
              "try again; a leftover lock file must be removed by hand"};
    case Ending::LocalNoSpace:
      return {ErrorKind::NoSpace, "no room in this clone for what " + name + " sent" + says,
              "free some space or quota"};
    case Ending::LocalReadOnly:
      return {ErrorKind::ReadOnly, "this clone is on a read-only file system" + says, ""};
    case Ending::LocalPermission:
      return {ErrorKind::PermissionDenied, "this clone may not be written" + says,
              "check who owns the files in its git directory"};
    case Ending::NotOwned:
      return {ErrorKind::PermissionDenied,
              "the repository of " + name + " has another owner" + says,
              "its owner may add it to git's safe.directory"};
    case Ending::OldGit:
      return {ErrorKind::Unsupported, "this git is too old for " + name + says,
              "install git 2.30 or newer"};
    case Ending::NotConfigured:
      return {ErrorKind::NotFound, "this clone has no remote " + name + says,
              "see `git remote -v`"};
  }
  return {ErrorKind::Internal, "git's words were not understood" + says, ""};
}

// "RPC failed" (remote-curl.c) means that the request was under way: what the server did with it
// before the connection broke is open.
Ending after_sending(Ending ending, const Words& words) {
  const bool sent = words.all.find("rpc failed") != std::string::npos;
  return ending == Ending::Unreachable && sent ? Ending::ConnectionLost : ending;
}

// "!\trefs/heads/a:refs/heads/b\t[remote rejected] (reason)"
struct RefLine {
  char flag = ' ';
  std::string_view summary;  // "[rejected]" and the like
  std::string_view reason;   // without the parentheses
};

std::optional<RefLine> parse_ref_line(std::string_view line) {
  constexpr std::string_view flags = " +-*=!";
  if (line.size() < 2 || line[1] != '\t' || flags.find(line[0]) == std::string_view::npos) {
    return std::nullopt;
  }
  const auto second_tab = line.find('\t', 2);
  if (second_tab == std::string_view::npos) return std::nullopt;
  RefLine result{.flag = line[0], .summary = trimmed(line.substr(second_tab + 1)), .reason = {}};
  const auto open = result.summary.find(" (");
  if (open != std::string_view::npos && result.summary.ends_with(')')) {
    result.reason = result.summary.substr(open + 2, result.summary.size() - open - 3);
    result.summary = result.summary.substr(0, open);
  }
  return result;
}

std::string joined(const std::string& reason, const std::string& said) {
  if (said.empty() || said == reason) return reason;
  return reason + ": " + said;
}

Error rejection(const RefLine& line, const Words& words, const std::string& remote) {
  const std::string reason = lower_case(line.reason);
  const std::string evidence = joined(redacted(line.reason), words.remote_text());
  const std::string all_reasons = reason + "\n" + words.remote_all;
  const auto rule = first_match(rejection_words, reason);
  const bool certain_race = line.summary == "[rejected]" && rule;
  if (certain_race) return error_of(rule->ending, remote, evidence);
  if (auto size = first_match(size_words, all_reasons)) {
    return error_of(size->ending, remote, evidence);
  }
  if (auto rate = first_match(rate_words, all_reasons)) {
    return error_of(rate->ending, remote, evidence);
  }
  if (!rule) return error_of(Ending::Refused, remote, evidence);
  const bool storage = rule->ending == Ending::RaceLost || rule->ending == Ending::TooLarge;
  if (auto why = first_match(storage_words, words.remote_all); storage && why) {
    return error_of(why->ending, remote, evidence);
  }
  return error_of(rule->ending, remote, evidence);
}

std::optional<Error> connection_error(const Words& words, const std::string& remote) {
  for (const std::span<const Rule> rules :
       {std::span<const Rule>(rate_words), std::span<const Rule>(connection_words),
        std::span<const Rule>(exchange_words)}) {
    if (auto rule = first_match(rules, words.all)) {
      return error_of(after_sending(rule->ending, words), remote, words.line_with(rule->words));
    }
  }
  return std::nullopt;
}

}  // namespace

Status interpret_push(const PushOutput& output, const std::string& remote) {
  const std::string name = printable(remote);
  const Words words(output.errors);
  bool accepted = false;
  for (const std::string_view line : lines_of(output.porcelain)) {
    const auto ref_line = parse_ref_line(line);
    if (!ref_line) continue;
    if (ref_line->flag == '!') return std::unexpected(rejection(*ref_line, words, name));
    accepted = true;
  }
  if (output.timed_out) return std::unexpected(error_of(Ending::TimedOut, name, ""));
  if (output.exit_status == 0 && accepted) return {};
  if (auto size = first_match(size_words, words.all)) {
    return std::unexpected(error_of(size->ending, name, words.line_with(size->words)));
  }
  if (auto error = connection_error(words, name)) return std::unexpected(*error);
  // Nothing known: whether the branch moved is open, so the next fetch has to tell.
  return std::unexpected(error_of(Ending::ConnectionLost, name, words.last_line()));
}

Error interpret_fetch_failure(const PushOutput& output, const std::string& remote) {
  const std::string name = printable(remote);
  const Words words(output.errors);
  if (output.timed_out) return error_of(Ending::TimedOut, name, "");
  if (auto rule = first_match(local_words, words.all)) {
    return error_of(rule->ending, name, words.line_with(rule->words));
  }
  auto error = connection_error(words, name);
  if (!error) error = error_of(Ending::Unreachable, name, words.last_line());
  if (error->kind == ErrorKind::AnswerLost) {
    // A fetch that broke off moved nothing.
    return {ErrorKind::Unreachable, error->what, "try again"};
  }
  return *error;
}

}  // namespace signalbox
