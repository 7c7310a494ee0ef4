// A repository that nears what its host recommends: GitHub's documentation, "Repository limits".
#include <algorithm>

#include "doctor/examination.h"
#include "transport/git_inspection.h"

namespace signalbox {
namespace {

constexpr std::size_t most_entries = 3000;          // of a directory, recommended
constexpr std::size_t many_entries = 2400;          // four fifths of it
constexpr std::size_t large_file = 1UL << 20U;      // bytes, recommended
constexpr std::size_t refused_file = 100UL << 20U;  // bytes, enforced
constexpr std::uint64_t large_repository = 1UL << 30U;
constexpr std::uint64_t many_loose_objects = 20'000;
constexpr int pushes_recommended = 6;  // a minute and repository
constexpr std::chrono::hours heard_lately{24};

Check entries_of(const Repository::Figures& figures) {
  Check check{
      .id = "directory-entries",
      .found = "at most " + std::to_string(figures.entries) + ", in '" +
               printable(figures.largest_directory.empty() ? "." : figures.largest_directory) +
               "' (" + std::to_string(most_entries) + " are recommended)"};
  if (figures.entries > many_entries) {
    check.verdict = figures.entries > most_entries ? Verdict::Warning : Verdict::Note;
    check.meaning = "every commit writes the whole list again, and hosts show only part of it";
    check.advice = "retire jobs that are over: git rm data/status/JOB.json; their history stays";
  }
  if (!figures.complete) check.found += "; not all was looked at";
  return check;
}

Check largest_file_of(const Repository::Figures& figures) {
  Check check{.id = "object-size",
              .found = figures.files == 0 ? std::string("no files")
                                          : "the largest file has " + size_text(figures.bytes) +
                                                ": '" + printable(figures.largest_file) + "'"};
  if (figures.bytes > large_file) {
    check.verdict = figures.bytes > refused_file ? Verdict::Broken : Verdict::Warning;
    check.meaning = "GitHub recommends 1 MB a file and refuses 100 MB";
    check.advice = "keep large files elsewhere, and report their place";
  }
  return check;
}

Check size_of(const Examination& examination) {
  const auto count = count_objects(examination.clone.common_directory);
  if (!count) return unknown("repository-size", count.error());
  Check check{.id = "repository-size",
              .found = size_text(count->bytes) + ", " + std::to_string(count->loose) +
                       " loose objects, " + counted(count->packs, "pack")};
  if (count->bytes > large_repository) {
    check.verdict = Verdict::Warning;
    check.meaning = "GitHub recommends 1 GB; clones get slow";
    check.advice = "git -C " + examination.place() +
                   " count-objects -vH; begin a new repository "
                   "for the coming year when the history is not needed here";
  } else if (count->loose > many_loose_objects) {
    check.verdict = Verdict::Note;
    check.meaning = "git slows down over many loose objects";
    check.advice = "git -C " + examination.place() + " gc";
  }
  return check;
}

Check push_rate(const Examination& examination) {
  const int each = examination.session->settings().pushes_per_minute;
  const auto active = std::ranges::count_if(examination.clones, [&](const auto& named) {
    return examination.now - named.second.time < heard_lately;
  });
  const auto clones = std::max<std::ptrdiff_t>(active, 1);
  const auto total = static_cast<std::ptrdiff_t>(each) * clones;
  Check check{.id = "push-rate",
              .found = "at most " + std::to_string(each) + " pushes a minute from " +
                       counted(static_cast<std::size_t>(clones), "clone")};
  // Several clones rarely push at once: twice what is recommended is told.
  if (each > pushes_recommended || total > 2L * pushes_recommended) {
    check.verdict = Verdict::Note;
    check.meaning = "GitHub recommends 6 a minute for a repository";
    check.advice = "lower publish.pushes_per_minute in signalbox.toml where the remote is GitHub";
  }
  return check;
}

}  // namespace

void check_limits(Examination& examination) {
  const auto figures = examination.session->repository().figures(examination.tip);
  if (figures) {
    examination.add(entries_of(*figures));
    examination.add(largest_file_of(*figures));
  } else {
    examination.add(unknown("directory-entries", figures.error()));
  }
  examination.add(size_of(examination));
  examination.add(push_rate(examination));
}

}  // namespace signalbox
