#include "site/build.h"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "site/digest.h"
#include "site/log_pages.h"

namespace signalbox::site {
namespace {

// Goes up when the same rows give other files.
constexpr int maker = 2;
// With more jobs to make, those are made before the events that wait are looked at: the index is
// locked meanwhile.
constexpr std::size_t jobs_under_lock = 200;

std::string naming_digest(const Naming& naming) {
  return digest_text(std::to_string(maker) + "\n" + naming.title + "\n" + naming.repository + "\n" +
                     naming.base_url + (naming.live ? "\nlive" : ""));
}

Json json_of(const MadeFrom& made) {
  return {{"format", 1},         {"epoch", made.state.epoch},    {"change", made.state.change},
          {"tip", made.tip},     {"naming", made.naming},        {"buckets", made.buckets},
          {"again", made.again}, {"again_days", made.again_days}};
}

std::int64_t whole_at(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

MadeFrom made_from(const Json& json) {
  MadeFrom made{.state = {.epoch = text_at(json, "epoch"), .change = whole_at(json, "change")},
                .tip = text_at(json, "tip"),
                .naming = text_at(json, "naming"),
                .buckets = whole_at(json, "buckets")};
  const auto again = json.find("again");
  if (again != json.end() && again->is_array()) {
    for (const Json& job : *again) {
      if (job.is_string()) made.again.push_back(job.get<std::string>());
    }
  }
  const auto days = json.find("again_days");
  if (days != json.end() && days->is_array()) {
    for (const Json& day : *days) {
      if (day.is_number_integer()) made.again_days.push_back(day.get<std::int64_t>());
    }
  }
  return made;
}

class Making {
 public:
  Making(const Source& source, const Naming& naming, const State& state, const MadeFrom& before,
         const std::vector<std::string>& paths, const Sink& sink, const Progress& progress)
      : before_(before),
        paths_(paths),
        sink_(sink),
        progress_(progress),
        pages_(source, naming),
        runs_(source.index),
        summaries_(source.index) {
    made_.state = state;
    made_.tip = source.tip;
    made_.naming = naming_digest(naming);
    everything_ = before.state.epoch != state.epoch || before.state.change > state.change ||
                  before.naming != made_.naming;
  }

  Result<MadeFrom> make() {
    auto done = pages_.prepare();
    for (const auto step :
         {&Making::choose_jobs, &Making::make_jobs, &Making::make_buckets, &Making::make_days,
          &Making::make_logs, &Making::make_common, &Making::remove_others}) {
      if (done) done = (this->*step)();
    }
    if (!done) return std::unexpected(done.error());
    return made_;
  }

 private:
  Status put(Result<File> file) {
    if (!file) return std::unexpected(file.error());
    there_.insert(file->path);
    return sink_.put(*std::move(file));
  }

  [[nodiscard]] std::int64_t since() const { return everything_ ? -1 : before_.state.change; }

  Status choose_jobs() {
    const auto all = summaries_.jobs();
    if (!all) return std::unexpected(all.error());
    const auto changed = summaries_.jobs_changed_since(since());
    if (!changed) return std::unexpected(changed.error());
    changed_.insert(changed->begin(), changed->end());
    changed_.insert(before_.again.begin(), before_.again.end());
    made_.buckets = buckets_for(all->size());
    there_.reserve(paths_.size() + 100);
    for (const std::string& job : *all) {
      there_.insert(job_path(job));
      there_.insert(badge_path(job));
    }
    // The bucket of a job that is gone has to be made again too.
    constexpr std::string_view directory = "data/job/";
    for (const std::string& path : paths_) {
      if (!path.starts_with(directory) || there_.contains(path)) continue;
      gone_.push_back(path.substr(directory.size(), path.size() - directory.size() - 3));
    }
    return {};
  }

  Status make_jobs() {
    std::size_t done = 0;
    for (const std::string& job : changed_) {
      if (progress_) progress_(++done, changed_.size());
      if (!there_.contains(job_path(job))) continue;
      if (auto made = put(pages_.job(job)); !made) return made;
      if (auto made = put(pages_.badge(job)); !made) return made;
    }
    return {};
  }

  Status make_buckets() {
    std::set<std::int64_t> wanted;
    const bool all = everything_ || made_.buckets != before_.buckets;
    for (std::int64_t bucket = 0; bucket < made_.buckets; ++bucket) {
      there_.insert(bucket_path(bucket));
      if (all) wanted.insert(bucket);
    }
    if (made_.buckets == 0) return {};
    for (const std::string& job : changed_) wanted.insert(bucket_of(job) % made_.buckets);
    for (const std::string& job : gone_) wanted.insert(bucket_of(job) % made_.buckets);
    for (const std::int64_t bucket : wanted) {
      if (auto made = put(pages_.bucket(bucket, made_.buckets)); !made) return made;
    }
    return {};
  }

  Status make_days() {
    const auto days = runs_.all_days();
    if (!days) return std::unexpected(days.error());
    const std::set<std::int64_t> again(before_.again_days.begin(), before_.again_days.end());
    for (const auto& row : *days) {
      there_.insert(day_path(row.day));
      const bool is_due =
          row.changed > since() || again.contains(row.day.time_since_epoch().count());
      if (!is_due) continue;
      if (auto made = put(pages_.day(row.day)); !made) return made;
    }
    return {};
  }

  Status make_logs() {
    const auto logs = summaries_.logs();
    if (!logs) return std::unexpected(logs.error());
    for (const auto& log : *logs) {
      there_.insert(log_shard_path(log.path));
      if (log.changed <= since()) continue;
      if (auto made = put(pages_.log(log.path)); !made) return made;
    }
    return {};
  }

  Status make_common() {
    auto files = pages_.common();
    if (!files) return std::unexpected(files.error());
    for (File& file : *files) {
      if (auto made = put(std::move(file)); !made) return made;
    }
    return {};
  }

  Status remove_others() {
    for (const std::string& path : paths_) {
      if (there_.contains(path)) continue;
      if (auto removed = sink_.remove(path); !removed) return removed;
    }
    return {};
  }

  const MadeFrom& before_;
  const std::vector<std::string>& paths_;
  const Sink& sink_;
  const Progress& progress_;
  Pages pages_;
  RunTable runs_;
  SummaryTable summaries_;
  MadeFrom made_;
  bool everything_ = false;
  std::set<std::string> changed_;          // jobs to be made
  std::vector<std::string> gone_;          // jobs that have a file and are none any more
  std::unordered_set<std::string> there_;  // paths of a site of today
};

// What was shown with events that wait, and has to be made again when they do not any more.
Status note_again(const Source& source, const State& published, MadeFrom& made) {
  auto jobs = SummaryTable(source.index).jobs_changed_since(published.change);
  if (!jobs) return std::unexpected(jobs.error());
  made.again = *std::move(jobs);
  const auto days = RunTable(source.index).all_days();
  if (!days) return std::unexpected(days.error());
  for (const auto& row : *days) {
    if (row.changed > published.change) {
      made.again_days.push_back(row.day.time_since_epoch().count());
    }
  }
  made.state = published;
  return {};
}

}  // namespace

Result<MadeFrom> make_pages(const Source& source, const Naming& naming, const State& state,
                            const MadeFrom& before, const std::vector<std::string>& paths,
                            const Sink& sink, const Progress& progress) {
  return Making(source, naming, state, before, paths, sink, progress).make();
}

namespace {

// The pages with the events that wait. Nobody else can use the index meanwhile, so the files are
// gathered, and written after that.
Result<MadeFrom> make_with_waiting(const Source& source, const Naming& naming,
                                   const State& published, const MadeFrom& before,
                                   const std::vector<std::string>& paths, const Sink& sink) {
  std::vector<File> files;
  std::vector<std::string> removed;
  const Sink gather{.put = [&](File file) -> Status {
                      files.push_back(std::move(file));
                      return {};
                    },
                    .remove = [&](const std::string& path) -> Status {
                      removed.push_back(path);
                      return {};
                    }};
  MadeFrom made;
  auto done = SummaryTable(source.index).provisionally([&]() -> Status {
    const auto state = derive_waiting(source);
    if (!state) return std::unexpected(state.error());
    auto pages = make_pages(source, naming, *state, before, paths, gather, nullptr);
    if (!pages) return std::unexpected(pages.error());
    made = *std::move(pages);
    return note_again(source, published, made);
  });
  for (File& file : files) {
    if (done) done = sink.put(std::move(file));
  }
  for (const std::string& path : removed) {
    if (done) done = sink.remove(path);
  }
  if (!done) return std::unexpected(done.error());
  return made;
}

Result<std::size_t> jobs_due(const Source& source, const State& state, const MadeFrom& before) {
  const bool is_known = before.state.epoch == state.epoch;
  const auto jobs =
      SummaryTable(source.index).jobs_changed_since(is_known ? before.state.change : -1);
  if (!jobs) return std::unexpected(jobs.error());
  return jobs->size();
}

}  // namespace

Status build(const Source& source, const Naming& naming, Directory& directory,
             const Reports& reports) {
  const auto published = derive(source, reports.deriving);
  if (!published) return std::unexpected(published.error());
  const Sink sink{.put = [&](File file) { return directory.put(std::move(file)); },
                  .remove = [&](const std::string& path) { return directory.remove(path); }};
  MadeFrom before = made_from(directory.made_from());
  const auto due = jobs_due(source, *published, before);
  if (!due) return std::unexpected(due.error());
  if (source.waiting.empty() || *due > jobs_under_lock) {
    auto made =
        make_pages(source, naming, *published, before, directory.paths(), sink, reports.making);
    if (!made) return std::unexpected(made.error());
    if (auto done = directory.finish(json_of(*made)); !done) return done;
    before = *std::move(made);
  }
  if (source.waiting.empty()) return {};
  const auto made = make_with_waiting(source, naming, *published, before, directory.paths(), sink);
  return made ? directory.finish(json_of(*made)) : std::unexpected(made.error());
}

}  // namespace signalbox::site
