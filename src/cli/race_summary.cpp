#include "cli/race_summary.h"

#include <unistd.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/table.h"

namespace signalbox::cli {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t text_width = 76;
constexpr std::uint64_t megabyte = 1UL << 20U;

void say(const std::string& text) {
  // Nobody may be listening; that is no reason to fail.
  (void)!::write(STDERR_FILENO, text.data(), text.size());
}

std::string seconds(milliseconds time) {
  return std::to_string(time.count() / 1000) + "." + std::to_string(time.count() / 100 % 10) + " s";
}

std::string milliseconds_of(std::chrono::microseconds time) {
  const auto tenths = time.count() / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " ms";
}

std::string megabytes(std::uint64_t bytes) {
  return std::to_string((bytes + megabyte - 1) / megabyte) + " MB";
}

std::string name_of(Protocol protocol) {
  return protocol == Protocol::Signalbox ? "signalbox" : "baseline";
}

std::string faults_of(const RaceResult& result) {
  std::string text;
  for (const Fault fault : all_faults) {
    const auto count = result.faults.find(fault);
    if (count == result.faults.end()) continue;
    text += (text.empty() ? "" : ", ") + signalbox::name_of(fault) + " " +
            std::to_string(count->second);
  }
  return text.empty() ? "none" : text;
}

std::vector<PlannedFault> planned_faults(const RaceRequest& request) {
  const milliseconds end = request.duration.value_or(std::chrono::minutes{1});
  constexpr std::size_t most = 1000;
  std::vector<PlannedFault> faults;
  FaultPlan plan(request.seed, request.faults, request.fault_every);
  while (!plan.is_empty() && faults.size() < most) {
    const PlannedFault fault = plan.next();
    if (fault.at > end) break;
    faults.push_back(fault);
  }
  return faults;
}

std::string updates_of(const RaceRequest& request) {
  return request.updates ? std::to_string(*request.updates) : "any number of";
}

}  // namespace

void RaceNews::show(const RaceProgress& progress) {
  constexpr milliseconds often{200};
  constexpr milliseconds seldom{10'000};
  const auto now = clock_.monotonic();
  if (now - shown_ < (is_terminal_errors() ? often : seldom)) return;
  shown_ = now;
  const std::string line = seconds(progress.elapsed) + "  " + progress.phase + ": " +
                           std::to_string(progress.acknowledged) + " acknowledged, " +
                           std::to_string(progress.waiting) + " waiting, " +
                           std::to_string(progress.faults) + " faults";
  visible_ = is_terminal_errors();
  say(visible_ ? "\r" + line + "\x1b[K" : line + "\n");
}

void RaceNews::end() {
  if (visible_) say("\r\x1b[K");
  visible_ = false;
}

std::string race_as_text(const RaceRequest& request, const RaceResult& result) {
  std::vector<std::vector<Cell>> cells{{{"WHAT"}, {"HOW MUCH"}, {"OF THAT", "", true}}};
  const auto row = [&](const std::string& what, const std::string& how_much,
                       const std::string& details, const char* colour = "") {
    cells.push_back({{what}, {how_much, colour}, {details}});
  };
  const auto bad_row = [&](const std::string& what, std::uint64_t count,
                           const std::string& details) {
    row(what, std::to_string(count), details, colour_of(count == 0 ? "completed" : "failed"));
  };
  const bool is_baseline = request.protocol == Protocol::Baseline;
  row("acknowledged", std::to_string(result.acknowledged),
      std::to_string(result.in_user_spool) + " had no room in their clone");
  row("not recorded", std::to_string(result.not_recorded), "and their callers were told");
  row("published", std::to_string(result.published),
      is_baseline ? "updates in the branch's history" : "also what nobody was told of any more");
  bad_row("lost", result.lost, "acknowledged and not published");
  if (!is_baseline) {
    bad_row("doubled", result.doubled, "published twice");
    bad_row("backwards", result.backwards, "a job went back to an older report");
  }
  row("commits", std::to_string(result.commits),
      is_baseline ? "" : std::to_string(result.commits_by_people) + " by people");
  if (!is_baseline) {
    row("failed pushes", std::to_string(result.failed_pushes),
        std::to_string(result.put_back) + " reports refused, and put back");
  }
  row("report", milliseconds_of(result.p50),
      "the median; 99 % below " + milliseconds_of(result.p99) + ", longest " +
          milliseconds_of(result.longest));
  std::size_t faults = 0;
  for (const auto& [fault, count] : result.faults) faults += count;
  row("faults", std::to_string(faults), faults_of(result));
  row("memory", megabytes(result.memory),
      "the race; " + megabytes(result.memory_of_programs) + " its largest process");
  row("time", seconds(result.writing),
      "and " + seconds(result.settling) + " to settle, " + seconds(result.checking) + " to check");
  std::string text =
      "race      " + name_of(request.protocol) + ", " + std::to_string(request.writers) +
      " writers, " + std::to_string(request.clones) + " clones, " + std::to_string(request.jobs) +
      " jobs, " + std::to_string(request.humans) + " people; seed " + std::to_string(request.seed) +
      "\n\n" + format_table(cells, terminal_width(), colours_wanted());
  for (const std::string& violation : result.violations) {
    text += "\n" + wrapped(printable(violation, 400), text_width, 2);
  }
  return text + "\nverdict: " +
         (result.proven              ? "proven\n"
          : result.acknowledged == 0 ? "NOT PROVEN: nothing was acknowledged\n"
                                     : "NOT PROVEN\n");
}

Json race_as_json(const RaceRequest& request, const RaceResult& result) {
  Json document = Json::object();
  document["verdict"] = result.proven ? "proven" : "violated";
  document["protocol"] = name_of(request.protocol);
  document["seed"] = request.seed;
  document["writers"] = request.writers;
  document["clones"] = request.clones;
  document["jobs"] = request.jobs;
  document["humans"] = request.humans;
  document["acknowledged"] = result.acknowledged;
  document["in_user_spool"] = result.in_user_spool;
  document["not_recorded"] = result.not_recorded;
  document["published"] = result.published;
  document["lost"] = result.lost;
  document["doubled"] = result.doubled;
  document["backwards"] = result.backwards;
  document["commits"] = result.commits;
  document["commits_by_people"] = result.commits_by_people;
  document["failed_pushes"] = result.failed_pushes;
  document["refused_and_put_back"] = result.put_back;
  document["writers_killed"] = result.writers_killed;
  document["dead_git_locks"] = result.dead_locks;
  document["report_ms"]["p50"] = static_cast<double>(result.p50.count()) / 1000;
  document["report_ms"]["p99"] = static_cast<double>(result.p99.count()) / 1000;
  document["report_ms"]["max"] = static_cast<double>(result.longest.count()) / 1000;
  document["faults"] = Json::object();
  for (const auto& [fault, count] : result.faults) {
    document["faults"][signalbox::name_of(fault)] = count;
  }
  document["memory_bytes"]["race"] = result.memory;
  document["memory_bytes"]["largest_process"] = result.memory_of_programs;
  document["seconds"]["writing"] = static_cast<double>(result.writing.count()) / 1000;
  document["seconds"]["settling"] = static_cast<double>(result.settling.count()) / 1000;
  document["seconds"]["checking"] = static_cast<double>(result.checking.count()) / 1000;
  document["violations"] = result.violations;
  return document;
}

std::string plan_as_text(const RaceRequest& request) {
  std::string text = "seed " + std::to_string(request.seed) + ": " + updates_of(request) +
                     " reports of each writer\n\n";
  std::vector<std::vector<Cell>> writers{{{"WRITER"}, {"CLONE"}, {"JOB"}, {"REPORTS BY"}}};
  for (const auto& writer :
       plan_writers(request.seed, request.writers, request.clones, request.jobs)) {
    writers.push_back({{std::to_string(writer.number)},
                       {std::to_string(writer.clone)},
                       {writer.job},
                       {writer.runs_command ? "the program" : "its code, in a loop"}});
  }
  text += format_table(writers, terminal_width(), false) + "\n";
  std::vector<std::vector<Cell>> faults{{{"AT"}, {"FAULT"}, {"FOR"}, {"CHOICE"}}};
  for (const PlannedFault& fault : planned_faults(request)) {
    faults.push_back({{seconds(fault.at)},
                      {signalbox::name_of(fault.kind)},
                      {fault.length.count() == 0 ? "" : seconds(fault.length)},
                      {hex(fault.choice, 16)}});
  }
  return text + format_table(faults, terminal_width(), false);
}

Json plan_as_json(const RaceRequest& request) {
  Json document = Json::object();
  document["seed"] = request.seed;
  document["writers"] = Json::array();
  for (const auto& writer :
       plan_writers(request.seed, request.writers, request.clones, request.jobs)) {
    Json one = Json::object();
    one["writer"] = writer.number;
    one["clone"] = writer.clone;
    one["job"] = writer.job;
    one["runs_command"] = writer.runs_command;
    document["writers"].push_back(std::move(one));
  }
  document["faults"] = Json::array();
  for (const PlannedFault& fault : planned_faults(request)) {
    Json one = Json::object();
    one["at_ms"] = fault.at.count();
    one["fault"] = signalbox::name_of(fault.kind);
    one["for_ms"] = fault.length.count();
    one["choice"] = hex(fault.choice, 16);
    document["faults"].push_back(std::move(one));
  }
  return document;
}

}  // namespace signalbox::cli
