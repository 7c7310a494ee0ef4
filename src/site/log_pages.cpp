#include "site/log_pages.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/text.h"
#include "site/digest.h"
#include "spool/outbox.h"

namespace signalbox::site {
namespace {

constexpr int project_host_file = 3;  // levels below data/details
constexpr std::size_t preview_length = 200;

// Words that a line of an error has in the logs of most programs.
bool tells_an_error(std::string_view line) {
  constexpr std::array<std::string_view, 4> words{"error", "exception", "traceback", "fatal"};
  std::string lower(line);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return std::ranges::any_of(
      words, [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

Json entry_of(const std::string& path, const LogTail& tail) {
  std::size_t errors = 0;
  std::string_view last;
  for (const std::string_view line : lines_of(tail.text)) {
    if (tells_an_error(line)) ++errors;
    if (!trimmed(line).empty()) last = trimmed(line);
  }
  Json entry = Json::object();
  entry["project"] = tail.project;
  entry["host"] = tail.host;
  entry["file"] = os::base_name_of(path);
  entry["source"] = tail.source;
  if (!tail.job.empty()) entry["job"] = tail.job;
  entry["size"] = tail.size;
  entry["written"] = format_seconds(tail.written);
  entry["lines"] = tail.lines;
  entry["errors"] = errors;
  entry["preview"] = shortened(last, preview_length);
  entry["shard"] = log_shard_path(path);
  return entry;
}

Status touch_jobs(const SummaryTable& summaries, const SummaryTable::LogRow& log,
                  std::int64_t change) {
  auto done = summaries.touch(log.job, change);
  return done ? summaries.touch(log.project, change) : done;
}

}  // namespace

Status derive_logs(const Repository& repository, const std::string& tip,
                   const SummaryTable& summaries,
                   const std::function<Result<std::int64_t>()>& begin) {
  const auto before = summaries.fact("details");
  if (!before) return std::unexpected(before.error());
  const std::string directory(details_directory);
  const auto tree = repository.tree_of(tip, directory);
  if (!tree) return std::unexpected(tree.error());
  if (*tree == *before) return {};
  const auto blobs = repository.blobs_below(tip, directory, project_host_file);
  if (!blobs) return std::unexpected(blobs.error());
  const auto logs = summaries.logs();
  if (!logs) return std::unexpected(logs.error());
  const auto change = begin();
  if (!change) return std::unexpected(change.error());
  std::map<std::string, const SummaryTable::LogRow*> known;
  Status done;
  for (const SummaryTable::LogRow& log : *logs) {
    const auto there = blobs->find(log.path);
    if (there != blobs->end() && there->second == log.blob) {
      known.emplace(log.path, &log);
    } else if (done) {
      done = summaries.remove_log(log.path);
      if (done) done = touch_jobs(summaries, log, *change);
    }
  }
  for (const auto& [path, blob] : *blobs) {
    if (!done) return done;
    if (known.contains(path)) continue;
    const auto bytes = repository.file(tip, path, outbox_file_limit);
    if (!bytes) return std::unexpected(bytes.error());
    const auto tail = *bytes ? parse_tail(**bytes) : fail(ErrorKind::Corrupt, "too large");
    if (!tail) continue;
    const SummaryTable::LogRow log{.path = path,
                                   .blob = blob,
                                   .changed = *change,
                                   .job = tail->job,
                                   .project = tail->project,
                                   .json = to_line(entry_of(path, *tail))};
    done = summaries.put(log);
    if (done) done = touch_jobs(summaries, log, *change);
  }
  return done ? summaries.put_fact("details", *tree) : done;
}

std::string log_shard_path(const std::string& path) {
  return "data/log/" + digest_text(path) + ".js";
}

Json log_shard(const LogTail& tail) {
  Json shard = Json::object();
  shard["lines"] = Json::array();
  for (const std::string_view line : lines_of(tail.text)) shard["lines"].push_back(line);
  shard["source"] = tail.source;
  shard["host"] = tail.host;
  if (!tail.job.empty()) shard["job"] = tail.job;
  shard["written"] = format_seconds(tail.written);
  shard["size"] = tail.size;
  return shard;
}

}  // namespace signalbox::site
