#include "publish/plan.h"

#include <algorithm>

#include "board/document.h"
#include "board/fold.h"
#include "board/view.h"
#include "intake/masking.h"

namespace signalbox {
namespace {

class Planner {
 public:
  Planner(const Repository& repository, HistoryIndex& index, const std::string& tip,
          const Masker& masker, UtcTime now)
      : repository_(repository), index_(index), tip_(tip), masker_(masker), now_(now) {}

  Status drop_what_the_tip_holds(std::span<const Event> batch) {
    std::vector<EventId> ids;
    ids.reserve(batch.size());
    for (const Event& event : batch) ids.push_back(event.id);
    const auto held = repository_.holds(tip_, ids);
    if (!held) return std::unexpected(held.error());
    for (const Event& event : batch) {
      if (!held->contains(event.id)) add(event);
    }
    return {};
  }

  // Views that differ from those that were in order: of other publishers, of a person's merge, of
  // another program. Documents without a seal are events in their own right.
  Status take_changed_views(const std::string& clean_status_tree) {
    auto changed = repository_.views(tip_, clean_status_tree);
    if (!changed) return std::unexpected(changed.error());
    for (ViewFile& file : *changed) {
      const auto document = parse_view(file.job, file.bytes);
      if (document && !document->sealed) {
        if (auto done = take_document(*document, file); !done) return done;
      }
      // Half-written or empty files stay as they are until their job reports.
      if (document) jobs_.insert(file.job);
      jobs_with_a_view_.insert(file.job);
      bytes_at_tip_.emplace(file.job, std::move(file.bytes));
    }
    return {};
  }

  Status take_files(std::span<const Outbox::Entry> files) {
    for (const Outbox::Entry& file : files) {
      const auto at_tip = repository_.file(tip_, file.path, outbox_file_limit);
      if (!at_tip) return std::unexpected(at_tip.error());
      if (*at_tip == file.bytes) continue;
      const auto room = repository_.has_room_for(tip_, file.path);
      if (!room) return std::unexpected(room.error());
      if (*room) {
        files_[file.path] = file.bytes;
      } else {
        no_room_.push_back(file.path);
      }
    }
    return {};
  }

  Status fold_views() {
    for (const JobName& job : jobs_) {
      if (auto done = fold_view(job); !done) return done;
    }
    return {};
  }

  Plan finish() && {
    std::map<JobName, Event> latest;
    Plan plan;
    for (auto& [job, events] : fresh_by_job_) {
      latest.emplace(job, *std::ranges::max_element(events, {}, &Event::id));
      for (Event& event : events) {
        plan.urgent = plan.urgent || is_terminal(event.status);
        plan.commit.events.push_back(std::move(event));
      }
    }
    plan.nothing_to_do = plan.commit.events.empty() && views_.empty() && files_.empty();
    plan.commit.parent = tip_;
    plan.commit.time = now_;
    const auto is_past = [](const Event& event) { return event.imported; };
    plan.commit.message = latest.empty() ? (views_.empty() ? files_message() : healing_message())
                          : std::ranges::all_of(plan.commit.events, is_past)
                              ? import_message(latest)
                              : commit_message(latest, now_);
    plan.commit.views = std::move(views_);
    plan.commit.files = std::move(files_);
    plan.no_room = std::move(no_room_);
    plan.newest = std::move(newest_);
    return plan;
  }

 private:
  void add(const Event& event) {
    if (!fresh_ids_.insert(event.id).second) return;
    fresh_by_job_[event.job].push_back(event);
    jobs_.insert(event.job);
  }

  Status take_document(const ParsedView& document, const ViewFile& file) {
    UtcTime found = document.event.time;
    const auto known = index_.knows_content(file.job, content_digest(file.job, file.bytes));
    if (!known) return std::unexpected(known.error());
    if (*known) return {};
    if (!says_when(document)) {
      const auto origin = repository_.origin(tip_, view_path(file.job));
      if (!origin) return std::unexpected(origin.error());
      if (origin->seen_before) return {};
      found = origin->introduced;
    }
    const Event event = masked(event_from_document(document, file.bytes, found), masker_);
    const auto held = repository_.holds(tip_, std::span(&event.id, 1));
    if (!held) return std::unexpected(held.error());
    if (held->empty()) add(event);
    return {};
  }

  Status fold_view(const JobName& job) {
    const auto fresh = fresh_by_job_.find(job);
    std::vector<Event> events;
    if (fresh != fresh_by_job_.end()) events = fresh->second;
    std::set<std::string> named;
    std::set<std::string> ended;
    for (const Event& event : events) {
      if (!is_named_run(event.run_id)) continue;
      named.insert(event.run_id);
      if (ends_its_run(event)) ended.insert(event.run_id);
    }
    auto base = index_.fold_base(
        job, {.all = {named.begin(), named.end()}, .ended = {ended.begin(), ended.end()}});
    if (!base) return std::unexpected(base.error());
    std::ranges::move(*base, std::back_inserter(events));
    const auto view = fold(events);
    if (!view) return {};
    newest_[job] = std::ranges::max(events, {}, &Event::id).id;
    std::string bytes = render_view(*view);
    const auto at_tip = view_at_tip(job);
    if (!at_tip) return std::unexpected(at_tip.error());
    if (*at_tip == bytes) return {};
    if (is_past_of_a_retired_job(job)) return {};
    const auto room = repository_.has_room_for(tip_, view_path(job));
    if (!room) return std::unexpected(room.error());
    if (*room) {
      views_.emplace(job, std::move(bytes));
    } else {
      no_room_.push_back(view_path(job));
    }
    return {};
  }

  // A person took the job's view away; what an import tells of its past does not bring it back.
  bool is_past_of_a_retired_job(const JobName& job) const {
    const auto fresh = fresh_by_job_.find(job);
    return fresh != fresh_by_job_.end() && std::ranges::all_of(fresh->second, &Event::imported) &&
           !jobs_with_a_view_.contains(job);
  }

  Result<std::string> view_at_tip(const JobName& job) {
    if (const auto known = bytes_at_tip_.find(job); known != bytes_at_tip_.end()) {
      return known->second;
    }
    const auto file = repository_.view(tip_, job);
    if (!file) return std::unexpected(file.error());
    if (!*file) return std::string();
    jobs_with_a_view_.insert(job);
    return (*file)->bytes;
  }

  [[nodiscard]] std::string import_message(const std::map<JobName, Event>& latest) const {
    std::string message = "Import " + std::to_string(fresh_ids_.size()) +
                          (fresh_ids_.size() == 1 ? " event" : " events") + " of the past\n\n";
    for (const auto& [job, event] : latest) message += job.text() + "\n";
    return message;
  }

  [[nodiscard]] std::string healing_message() const {
    std::string message = "Bring " + std::to_string(views_.size()) +
                          (views_.size() == 1 ? " view" : " views") +
                          " up to the newest report\n\n";
    for (const auto& [job, bytes] : views_) message += job.text() + "\n";
    return message;
  }

  [[nodiscard]] std::string files_message() const {
    std::string message = "Update " + std::to_string(files_.size()) +
                          (files_.size() == 1 ? " file" : " files") + " of details\n\n";
    for (const auto& [path, bytes] : files_) message += path + (bytes ? "\n" : " (removed)\n");
    return message;
  }

  const Repository& repository_;
  HistoryIndex& index_;
  const std::string& tip_;
  const Masker& masker_;
  UtcTime now_;
  std::map<JobName, std::vector<Event>> fresh_by_job_;
  std::set<EventId> fresh_ids_;
  std::set<JobName> jobs_;
  std::set<JobName> jobs_with_a_view_;  // at the tip; of those that were looked at
  std::map<JobName, std::string> bytes_at_tip_;
  std::map<JobName, std::string> views_;
  std::map<std::string, std::optional<std::string>> files_;
  std::vector<std::string> no_room_;
  std::map<JobName, EventId> newest_;
};

}  // namespace

std::string commit_message(const std::map<JobName, Event>& latest, UtcTime now) {
  const auto line = [](const Event& event) {
    return event.job.text() + " status: " + event.status + " (" + format_seconds(event.time) + ")";
  };
  if (latest.size() == 1) return "Update " + line(latest.begin()->second) + "\n";
  std::string message = "Update status of " + std::to_string(latest.size()) + " jobs (" +
                        format_seconds(now) + ")\n\n";
  for (const auto& [job, event] : latest) message += "Update " + line(event) + "\n";
  return message;
}

Result<Plan> make_plan(const Repository& repository, HistoryIndex& index, const std::string& tip,
                       std::span<const Event> batch, std::span<const Outbox::Entry> files,
                       const std::string& clean_status_tree, const Masker& masker, UtcTime now,
                       const Repository::Progress& progress) {
  if (auto done = repository.update_index(index, tip, progress); !done) {
    return std::unexpected(done.error());
  }
  Planner planner(repository, index, tip, masker, now);
  if (auto done = planner.drop_what_the_tip_holds(batch); !done) {
    return std::unexpected(done.error());
  }
  if (auto done = planner.take_changed_views(clean_status_tree); !done) {
    return std::unexpected(done.error());
  }
  if (auto done = planner.take_files(files); !done) return std::unexpected(done.error());
  if (auto done = planner.fold_views(); !done) return std::unexpected(done.error());
  return std::move(planner).finish();
}

}  // namespace signalbox
