#include "transport/git_inspection.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "transport/git_command.h"

namespace signalbox {
namespace {

constexpr std::chrono::milliseconds local_timeout{20'000};

std::uint64_t number_after(std::string_view line, std::string_view key) {
  std::uint64_t number = 0;
  if (!line.starts_with(key)) return number;
  const std::string_view digits = trimmed(line.substr(key.size()));
  // What is no number stays 0.
  (void)std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

}  // namespace

Result<GitVersion> parse_git_version(std::string_view output) {
  constexpr std::string_view prefix = "git version ";
  const std::string_view line = trimmed(output.substr(0, output.find('\n')));
  GitVersion version;
  if (line.starts_with(prefix)) {
    version.text = printable(line.substr(prefix.size()), 40);
    const char* end = version.text.data() + version.text.size();
    const auto major = std::from_chars(version.text.data(), end, version.major);
    if (major.ec == std::errc{} && major.ptr != end && *major.ptr == '.' &&
        std::from_chars(major.ptr + 1, end, version.minor).ec == std::errc{}) {
      return version;
    }
  }
  return fail(ErrorKind::Corrupt, "the git program does not say its version: " + printable(output));
}

Result<GitVersion> git_version() {
  const auto result = os::run({.arguments = {"git", "--version"},
                               .directory = {},
                               .environment = pinned_environment(),
                               .timeout = local_timeout});
  if (!result) return std::unexpected(result.error());
  return parse_git_version(result->output);
}

Result<std::string> remote_tip(const GitRemoteOptions& options) {
  const std::string ref = "refs/heads/" + options.branch;
  const auto result =
      run_git(options.git_directory, {"ls-remote", "--", options.remote, ref}, options.timeout);
  if (!result) return std::unexpected(result.error());
  if (result->exit_status != 0 || result->timed_out) {
    return std::unexpected(interpret_fetch_failure(seen(*result), options.remote));
  }
  for (const std::string_view line : lines_of(result->output)) {
    const auto tab = line.find('\t');
    if (tab != std::string_view::npos && trimmed(line.substr(tab + 1)) == ref &&
        is_object_id(line.substr(0, tab))) {
      return std::string(line.substr(0, tab));
    }
  }
  return std::string();
}

Status try_push(const GitRemoteOptions& options, const std::string& commit) {
  std::vector<std::string> arguments = push_arguments(options, commit);
  arguments.insert(std::ranges::find(arguments, "push") + 1, "--dry-run");
  const auto result = run_git(options.git_directory, arguments, options.timeout);
  if (!result) return std::unexpected(result.error());
  return interpret_push(seen(*result), options.remote);
}

ObjectCount parse_object_count(std::string_view output) {
  constexpr std::uint64_t kibibyte = 1024;
  ObjectCount count;
  for (const std::string_view line : lines_of(output)) {
    count.loose += number_after(line, "count:");
    count.packs += number_after(line, "packs:");
    count.bytes += (number_after(line, "size:") + number_after(line, "size-pack:")) * kibibyte;
  }
  return count;
}

Result<ObjectCount> count_objects(const std::string& git_directory) {
  const auto result = run_git(git_directory, {"count-objects", "-v"}, local_timeout);
  if (!result) return std::unexpected(result.error());
  if (result->exit_status != 0 || result->timed_out) {
    return fail(ErrorKind::InputOutput, "cannot count the objects: " + redacted(result->errors));
  }
  return parse_object_count(result->output);
}

}  // namespace signalbox
