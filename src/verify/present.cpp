#include "verify/present.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "base/text.h"
#include "board/view.h"
#include "repository/segment.h"

namespace signalbox {
namespace {

struct View {
  std::string blob;
  EventId shown;          // empty: a file of another program
  std::uint64_t run = 0;  // of a report that is no end in a run that somebody named
  bool found = false;     // its event, in the history
};

// A line of a segment, as much of it as the rules need.
struct Line {
  PackedId id;
  std::uint64_t run = 0;  // of a run that somebody named
  std::uint32_t job = 0;  // number; 0: not known
  std::uint32_t file = 0;
  bool is_end = false;
  bool counts = true;      // as published; not a document of the predecessor's
  bool needs_view = true;  // of its job; the past that was imported gives none
};

constexpr JsonBounds line_bounds{.depth = max_json_depth + 1, .fields = 2 * max_json_fields};

// Somebody else's verdict of a job that said nothing more: no word of the job's own.
bool is_judged(const Json& line) {
  const auto extra = line.find("extra");
  return extra != line.end() && extra->is_object() && extra->contains("judged_by");
}

std::uint64_t named_run(std::string_view run) {
  return is_named_run(run) ? digest_of_run(run) : 0;
}

class PresentCheck {
 public:
  PresentCheck(const ObjectReader& objects, const PresentRequest& request, const Journal& journal,
               const Past& past, Findings& findings, Doubts& doubts)
      : objects_(objects),
        request_(request),
        journal_(journal),
        past_(past),
        findings_(findings),
        doubts_(doubts),
        replaced_(past.replaced),
        seen_(journal.acknowledgements().size(), false) {}

  Result<Present> check() {
    if (auto done = read_views(); !done) return std::unexpected(done.error());
    if (auto done = read_history(); !done) return std::unexpected(done.error());
    judge_lost();
    if (auto done = judge_views(); !done) return std::unexpected(done.error());
    judge_replaced();
    doubts_.settle(findings_);
    return present_;
  }

 private:
  // views

  Status read_views() {
    const auto entries = objects_.list(request_.tip, std::string(status_directory));
    if (!entries) return std::unexpected(entries.error());
    for (const auto& entry : *entries) {
      const auto job = job_of_status_file(entry.name);
      if (entry.is_directory || !job) continue;
      const auto bytes = objects_.read(entry.object, view_limit);
      if (!bytes && bytes.error().kind != ErrorKind::TooLarge) {
        return std::unexpected(bytes.error());
      }
      View view{.blob = entry.object};
      const auto parsed = bytes && is_sealed(*bytes)
                              ? parse_view(*job, *bytes)
                              : fail(ErrorKind::Corrupt, "not Signalbox's rendering");
      if (parsed && parsed->sealed) {
        view.shown = parsed->event.id;
        if (!ends_its_run(parsed->event)) view.run = named_run(parsed->event.run_id);
        if (view.run != 0) shown_runs_[job->text()] = view.run;
      } else {
        ++present_.foreign_files;
      }
      views_.emplace(job->text(), std::move(view));
    }
    present_.jobs = views_.size();
    return {};
  }

  [[nodiscard]] Violation about(const std::string& job, std::string what,
                                const EventId& event) const {
    return {.what = std::move(what),
            .commit = request_.tip,
            .path = std::string(status_directory) + "/" + job + ".json",
            .event = event.text()};
  }

  // history

  Status read_history() {
    // Years, months, days.
    std::vector<std::string> days{std::string(history_directory)};
    for (int level = 0; level < 3; ++level) {
      std::vector<std::string> below;
      for (const std::string& directory : days) {
        if (auto done = read_directory(directory, below); !done) return done;
      }
      days = std::move(below);
    }
    judge_lines();  // of what stands above the days: documents of the predecessor's
    std::size_t done = 0;
    for (auto day = days.rbegin(); day != days.rend(); ++day) {
      std::vector<std::string> directories{*day};
      for (std::size_t i = 0; i < directories.size(); ++i) {
        const std::string directory = directories[i];
        if (auto read = read_directory(directory, directories); !read) return read;
      }
      judge_lines();
      if (request_.progress) request_.progress(++done, days.size());
    }
    return {};
  }

  // Reads the files of a directory; the directories in it are added to `below`.
  Status read_directory(const std::string& directory, std::vector<std::string>& below) {
    const auto entries = objects_.list(request_.tip, directory);
    if (!entries) return std::unexpected(entries.error());
    for (const auto& entry : *entries) {
      const std::string path = directory + "/" + entry.name;
      if (entry.is_directory) {
        below.push_back(path);
        continue;
      }
      auto done = directory == history_directory ? read_document(path, entry.object)
                                                 : read_segment(path, entry.object, directory);
      if (!done) return done;
    }
    return {};
  }

  Status read_document(const std::string& path, const std::string& blob) {
    const auto bytes = objects_.read(blob, segment_limit);
    if (!bytes && bytes.error().kind != ErrorKind::TooLarge) return std::unexpected(bytes.error());
    if (!bytes) return {};
    for (const Event& event : content_of_file(path, *bytes).events) {
      const auto id = PackedId::parse(event.id.text());
      if (!id) continue;
      lines_.push_back({.id = *id,
                        .run = named_run(event.run_id),
                        .job = number_of(event.job.text()),
                        .is_end = ends_its_run(event),
                        .counts = false,
                        .needs_view = false});
      replaced_.erase({event.job.text(), id->random});
      note_shown(event.job.text(), event.id);
    }
    return {};
  }

  Status read_segment(const std::string& path, const std::string& blob,
                      const std::string& directory) {
    const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
    if (first_id_of(name).empty()) return {};  // a person's, or another program's
    const auto bytes = objects_.read(blob, segment_limit);
    if (!bytes && bytes.error().kind != ErrorKind::TooLarge) return std::unexpected(bytes.error());
    if (!bytes) {
      ++present_.unreadable_files;
      return {};
    }
    files_.push_back(path);
    for (const std::string_view line : lines_of(*bytes)) {
      if (!line.empty()) read_line(line, directory);
    }
    return {};
  }

  void read_line(std::string_view text, const std::string& directory) {
    const auto document = parse_json(text, line_bounds);
    const auto id =
        document && document->is_object() ? EventId::parse(text_at(*document, "id")) : std::nullopt;
    const auto packed = id ? PackedId::parse(id->text()) : std::nullopt;
    if (!packed) {
      ++present_.unreadable_lines;
      return;
    }
    ++present_.events;
    judge_place(*id, directory);
    if (packed->host == 0) replaced_.erase({text_at(*document, "job"), packed->random});
    Line line{.id = *packed, .file = static_cast<std::uint32_t>(files_.size() - 1)};
    const Journal::Acknowledgement* told = journal_.find(*packed);
    if (document->contains("status")) {
      const std::string job = text_at(*document, "job");
      const std::string status = text_at(*document, "status");
      const std::string run = text_at(*document, "run_id");
      line.job = number_of(job);
      line.run = named_run(run);
      line.is_end = is_terminal(status) && !is_judged(*document);
      const auto imported = document->find("imported");
      line.needs_view = imported == document->end() || *imported != true;
      if (told != nullptr) judge_acknowledged(*told, *id, job, status, run);
      if (note_shown(job, *id)) judge_shown(job, *id, text);
    } else {
      ++present_.thinned;
      if (told != nullptr) {
        judge_thinned(*told, *id, text);
        line.job = number_of(journal_.name(told->job));
        line.run = told->run;
        line.is_end = is_terminal(journal_.name(told->status));
        (void)note_shown(journal_.name(told->job), *id);  // there, with nothing left to compare
      }
    }
    lines_.push_back(line);
  }

  // A publisher looks for an event in the day and the hour of its id, and nowhere else.
  void judge_place(const EventId& id, const std::string& directory) {
    const std::string hour = std::string(history_directory) + "/" + id.hour();
    if (directory == hour || directory == hour.substr(0, hour.size() - 3)) return;
    findings_.violated(Rule::Once, {.what = "an event stands where no publisher looks for it",
                                    .commit = request_.tip,
                                    .path = files_.back(),
                                    .event = id.text()});
  }

  void judge_acknowledged(const Journal::Acknowledgement& told, const EventId& id,
                          const std::string& job, const std::string& status,
                          const std::string& run) {
    const bool same_run = told.run == 0 || told.run == digest_of_run(run);
    if (journal_.name(told.job) == job && journal_.name(told.status) == status && same_run) return;
    findings_.violated(
        Rule::Published,
        {.what = "acknowledged as job '" + journal_.name(told.job) + "' " +
                 journal_.name(told.status) + ", published as job '" + printable(job, 60) + "' " +
                 printable(status, 60) + (same_run ? "" : " of run '" + printable(run, 60) + "'"),
         .commit = request_.tip,
         .path = files_.back(),
         .event = id.text()});
  }

  // True when it is the event that the job's view shows.
  bool note_shown(const std::string& job, const EventId& id) {
    const auto view = views_.find(job);
    if (view == views_.end() || view->second.shown != id) return false;
    view->second.found = true;
    return true;
  }

  // Both are read in the same way, so that the order of fields and a version's spelling do not
  // count, and everything that the event says does.
  void judge_shown(const std::string& job, const EventId& id, std::string_view line) {
    const auto bytes = objects_.read(views_[job].blob, view_limit);
    const auto name = JobName::parse(job);
    const auto event = parse_event(line);
    if (bytes && name && event) {
      const auto shown = parse_view(*name, *bytes);
      const auto expected = parse_view(*name, render_view(*event));
      const auto document = parse_json(*bytes, line_bounds);
      if (shown && expected && shown->event == expected->event && document &&
          text_at(*document, "job_name") == job) {
        return;
      }
    }
    findings_.violated(Rule::Newest, about(job, "the view says something else than its event", id));
  }

  // Ends of runs and what a view shows are never thinned (docs/manual/retention.md).
  void judge_thinned(const Journal::Acknowledgement& told, const EventId& id,
                     std::string_view line) {
    const std::string& job = journal_.name(told.job);
    const auto name = JobName::parse(job);
    const auto view = views_.find(job);
    const bool is_shown = view != views_.end() && view->second.shown == id;
    const bool is_end = is_terminal(journal_.name(told.status));
    if (name && !is_shown && !is_end && line == thinned_line(id, *name)) return;
    findings_.violated(Rule::Published,
                       {.what = std::string("only the id is left of ") +
                                (is_end     ? "the end of a run"
                                 : is_shown ? "the event that the job's view shows"
                                            : "an event, and not as it is thinned") +
                                ", acknowledged to job '" + job + "'",
                        .commit = request_.tip,
                        .path = files_.back(),
                        .event = id.text()});
  }

  // Numbers of jobs from 1 on.
  std::uint32_t number_of(const std::string& job) {
    const auto [found, added] =
        numbers_.try_emplace(job, static_cast<std::uint32_t>(names_.size() + 1));
    if (added) names_.push_back(&found->first);
    return found->second;
  }

  // A day's lines, the newest first: a report raises its doubt before the end that dispels it.
  void judge_lines() {
    std::ranges::sort(lines_, std::ranges::greater{}, &Line::id);
    const Line* before = nullptr;
    for (const Line& line : lines_) {
      if (line.counts) {
        findings_.checked(Rule::Once);
        if (before != nullptr && before->id == line.id) {
          findings_.violated_earlier(
              Rule::Once, {.what = "an event is there twice, also in " + files_[line.file],
                           .commit = request_.tip,
                           .path = files_[before->file],
                           .event = line.id.unpacked().text()});
        }
        before = &line;
        note_published(line.id);
      }
      if (line.job != 0) judge_newest(line, *names_[line.job - 1]);
    }
    lines_.clear();
    files_.clear();
  }

  void note_published(const PackedId& id) {
    const auto& all = journal_.acknowledgements();
    const auto told = journal_.find(id);
    if (told != nullptr) seen_[static_cast<std::size_t>(told - all.data())] = true;
  }

  void judge_newest(const Line& line, const std::string& job) {
    if (line.is_end && line.run != 0) {
      doubts_.run_ended(job, line.run, line.id);
      if (const auto shown = shown_runs_.find(job);
          shown != shown_runs_.end() && shown->second == line.run) {
        shown_runs_.erase(shown);
        findings_.violated(Rule::Newest, about(job, "the view shows a report of a run that ended",
                                               line.id.unpacked()));
      }
    }
    const auto view = views_.find(job);
    if (view == views_.end()) {
      if (line.needs_view) without_view_.try_emplace(job, line.id);
      return;
    }
    const auto shown = PackedId::parse(view->second.shown.text());
    if (!shown || line.id <= *shown) return;
    Violation violation = about(
        job, "the view shows " + view->second.shown.text() + ", which is older than this event",
        line.id.unpacked());
    if (line.is_end || line.run == 0) {
      if (behind_.insert(job).second) findings_.violated(Rule::Newest, std::move(violation));
    } else {
      doubts_.raise(Rule::Newest, job, line.run, std::move(violation), Doubts::any_end);
    }
  }

  // verdicts

  void judge_lost() {
    const auto& all = journal_.acknowledgements();
    findings_.checked(Rule::Published, all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i > 0 && all[i].id == all[i - 1].id) continue;  // told by the rule Acknowledged
      if (seen_[i]) continue;
      findings_.violated(
          Rule::Published,
          {.what = "acknowledged to job '" + journal_.name(all[i].job) + "' (" +
                   journal_.name(all[i].status) + "), and not in the branch's history",
           .commit = request_.tip,
           .event = all[i].id.unpacked().text()});
    }
  }

  Status judge_views() {
    for (const auto& [job, view] : views_) {
      if (view.shown.empty()) continue;
      findings_.checked(Rule::Newest);
      if (!view.found) {
        findings_.violated(Rule::Newest, about(job,
                                               "the view shows an event that is not in the "
                                               "branch's history",
                                               view.shown));
      }
    }
    for (const auto& [job, newest] : without_view_) {
      findings_.checked(Rule::Newest);
      const auto retired = is_retired(job, newest.unpacked());
      if (!retired) return std::unexpected(retired.error());
      if (!*retired) {
        findings_.violated(Rule::Newest, about(job, "the job has no view, and nobody removed it",
                                               newest.unpacked()));
      }
    }
    return {};
  }

  void judge_replaced() {
    for (const auto& [file, commit] : replaced_) {
      findings_.violated(
          Rule::Owned,
          {.what =
               "a commit of Signalbox put its view over a file of another program, and no event "
               "says what that said",
           .commit = commit,
           .path = std::string(status_directory) + "/" + file.first + ".json"});
    }
  }

  // By a person, within what was looked at; or before it. And the job was silent since.
  Result<bool> is_retired(const std::string& job, const EventId& newest) {
    if (const auto retired = past_.retired.find(job); retired != past_.retired.end()) {
      const auto held = is_held(retired->second, newest);
      if (!held || *held) return held;
    }
    return request_.since.empty() ? Result<bool>(false) : is_held(request_.since, newest);
  }

  // Whether the history of a commit has the event.
  Result<bool> is_held(const std::string& commit, const EventId& newest) {
    const std::string hour = std::string(history_directory) + "/" + newest.hour();
    for (const std::string& directory : {hour, hour.substr(0, hour.size() - 3)}) {
      const auto entries = objects_.list(commit, directory);
      if (!entries) return std::unexpected(entries.error());
      for (const auto& entry : *entries) {
        if (entry.is_directory || first_id_of(entry.name).empty()) continue;
        const auto bytes = objects_.read(entry.object, segment_limit);
        if (!bytes && bytes.error().kind != ErrorKind::TooLarge) {
          return std::unexpected(bytes.error());
        }
        if (bytes && bytes->find("{\"id\":\"" + newest.text() + "\"") != std::string::npos) {
          return true;
        }
      }
    }
    return false;
  }

  const ObjectReader& objects_;
  const PresentRequest& request_;
  const Journal& journal_;
  const Past& past_;
  Findings& findings_;
  Doubts& doubts_;
  // Files of other programs whose event has not been met.
  std::map<std::pair<std::string, std::uint64_t>, std::string> replaced_;
  std::vector<bool> seen_;  // acknowledgements, by their place in the journal
  std::map<std::string, View> views_;
  std::map<std::string, std::uint64_t> shown_runs_;  // of views that show no end: must not have one
  std::map<std::string, PackedId> without_view_;
  std::set<std::string> behind_;
  std::vector<Line> lines_;         // of one day
  std::vector<std::string> files_;  // they are from
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::vector<const std::string*> names_;
  Present present_;
};

}  // namespace

Result<Present> check_present(const ObjectReader& objects, const PresentRequest& request,
                              const Journal& journal, const Past& past, Findings& findings,
                              Doubts& doubts) {
  return PresentCheck(objects, request, journal, past, findings, doubts).check();
}

}  // namespace signalbox
