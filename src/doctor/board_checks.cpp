// What the status files say: readable, and of jobs that still speak.
#include <algorithm>

#include "board/view.h"
#include "doctor/examination.h"
#include "intake/adoption.h"
#include "reconcile/memory.h"

namespace signalbox {
namespace {

void note_if_unusable(const std::string& name, std::string_view bytes,
                      std::vector<std::string>& unusable) {
  const auto job = job_of_status_file(name);
  if (!job) return;
  if (const auto parsed = parse_view(*job, bytes); !parsed) {
    unusable.push_back(
        std::string(status_directory) + "/" + name +
        (bytes.empty() ? " (empty)" : " (" + printable(parsed.error().what, 80) + ")"));
  }
}

Check status_files(const Examination& examination) {
  std::vector<std::string> unusable;
  std::set<std::string> here;
  if (!examination.clone.worktree.empty()) {
    const auto directory = status_directory_of(examination.fs, examination.clone.worktree);
    const auto names = directory ? examination.fs.list(*directory)
                                 : Result<std::vector<std::string>>(std::vector<std::string>{});
    if (!names) return unknown("status-files", names.error());
    for (const std::string& name : *names) {
      const auto bytes = examination.fs.read(*directory + "/" + name, view_limit);
      if (!bytes) {
        if (!job_of_status_file(name)) continue;
        unusable.push_back(std::string(status_directory) + "/" + name + " (" +
                           printable(bytes.error().what, 80) + ")");
      } else {
        note_if_unusable(name, *bytes, unusable);
      }
      here.insert(name);
    }
  }
  const auto published = examination.session->repository().views(examination.tip, {});
  if (!published) return unknown("status-files", published.error());
  for (const ViewFile& file : *published) {
    const std::string name = file.job.text() + ".json";
    if (!here.contains(name)) note_if_unusable(name, file.bytes, unusable);
  }
  Check check{.id = "status-files",
              .found = counted(published->size(), "job") + ", every file can be read"};
  if (unusable.empty()) return check;
  check.verdict = Verdict::Warning;
  check.found = counted(unusable.size(), "file") + " no one can read: " + some_of(unusable);
  check.meaning = "half-written, empty or not a status; left as it is until the job reports again";
  check.advice = "let the job report through Signalbox, which replaces the file as a whole";
  return check;
}

Check silent_jobs(const Examination& examination, const std::vector<BoardRow>& rows) {
  const auto limit = examination.session->settings().silent_after;
  std::vector<std::string> silent;
  std::size_t running = 0;
  for (const BoardRow& row : rows) {
    if (row.event.status != "running") continue;
    ++running;
    const auto quiet = examination.now - row.event.time;
    if (quiet > limit) silent.push_back(row.event.job.text() + " (for " + age(quiet) + ")");
  }
  Check check{.id = "jobs",
              .found = counted(running, "job") + (running == 1 ? " runs" : " run") +
                       ", none of them silent for " + age(limit)};
  if (silent.empty()) return check;
  check.verdict = Verdict::Warning;
  check.found = "running and silent: " + some_of(silent);
  check.meaning = "the scheduler may have ended them without a report";
  check.advice = "look at the job; when it is over: signalbox report -C " + examination.place() +
                 " JOB failed (the limit is doctor.silent_hours)";
  return check;
}

// How the last question to SLURM went; nothing where none was asked.
std::optional<Check> slurm_of(const Examination& examination) {
  const std::string own = examination.clone.own_directory();
  const auto memory = read_memory(examination.fs, own, known_cluster(examination.fs, own));
  if (!memory.asked) return std::nullopt;
  Check check{.id = "slurm",
              .found = "asked " + age(examination.now - *memory.asked) + " ago about " +
                       counted(memory.jobs.size(), "job")};
  if (memory.last_error.empty()) return check;
  check.verdict = Verdict::Warning;
  check.found = "gave no answer " + age(examination.now - *memory.asked) +
                " ago: " + printable(memory.last_error, 300);
  check.meaning = "jobs that the cluster ends without a word stay as they are shown";
  check.advice =
      "squeue says why, here; a host without SLURM: set slurm.reconcile = false, or let "
      "a host of the cluster sync";
  return check;
}

Check index_of(const Examination& examination) {
  Check check{.id = "index", .found = "follows the published history"};
  bool in_memory = false;
  const auto updated = examination.session->with_index([&](HistoryIndex& index) {
    in_memory = index.is_in_memory();
    return examination.session->repository().update_index(index, examination.tip, nullptr);
  });
  if (!updated) {
    check.verdict = Verdict::Warning;
    check.found = printable(updated.error().what, 300);
    check.meaning = "`history` cannot answer, and files of other programs wait to be taken in";
    check.advice = "git -C " + examination.place() + " fsck names what is damaged";
  } else if (in_memory) {
    check.verdict = Verdict::Note;
    check.found = "kept in memory: its file cannot be written";
    check.meaning = "every command reads the whole history anew";
    check.advice = "see the permissions of '" + printable(examination.clone.own_directory()) + "'";
  }
  return check;
}

}  // namespace

void check_board(Examination& examination) {
  examination.add(status_files(examination));
  const auto rows = read_board(examination.fs, examination.clone, *examination.session, {});
  examination.add(rows ? silent_jobs(examination, *rows) : unknown("jobs", rows.error()));
  if (const auto slurm = slurm_of(examination)) examination.add(*slurm);
  examination.add(index_of(examination));
}

}  // namespace signalbox
