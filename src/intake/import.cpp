#include "intake/import.h"

#include <algorithm>

#include "base/text.h"

namespace signalbox {
namespace {

using std::chrono::milliseconds;

// A "last_updated" may be ahead of its commit by a clock or a time zone that was not told; one that
// is further ahead is no time.
constexpr std::chrono::hours furthest_ahead{24};

// The same event with a clock that is not above `latest`.
void hold_back(Event& event, UtcTime latest) {
  EventId::Parts parts = event.id.parts();
  if (parts.time <= latest) return;
  parts.time = std::max(latest, UtcTime{});
  parts.counter = 0;
  event.id = EventId(parts);
}

}  // namespace

Import::Import(const Repository& repository, HistoryIndex& index, std::string tip, Spool& spool)
    : repository_(repository), index_(index), tip_(std::move(tip)), spool_(spool) {}

Result<ImportReport> Import::run(const Request& request) {
  request_ = &request;
  const auto waiting = spool_.waiting_ids();
  if (!waiting) return std::unexpected(waiting.error());
  for (const EventId& id : *waiting) {
    if (id.parts().host == 0) waiting_.emplace(id.random_text());
  }
  const auto take_file = [this](const FileVersion& file) { return take_history_file(file); };
  auto done = repository_.for_each_file(tip_, history_directory, document_limit, take_file);
  if (!done) return std::unexpected(done.error());
  const auto past = repository_.for_each_version(
      tip_, status_directory, view_limit,
      [this](const FileVersion& version) { return take_version(version); }, request.progress);
  if (!past) return std::unexpected(past.error());
  report_.commits = past->commits;
  report_.is_whole = past->is_whole;
  report_.files = paths_.size();
  return std::move(report_);
}

void Import::name_unusable(const FileVersion& version, const std::string& reason) {
  if (report_.unusable.size() == ImportReport::named_limit) return;
  report_.unusable.push_back({version.commit, version.path, reason});
}

Status Import::take_history_file(const FileVersion& file) {
  const auto documents =
      documents_of_history_file(os::base_name_of(file.path), file.bytes.value_or(""));
  for (const auto& document : documents) {
    ++report_.documents;
    if (!document) {
      const bool is_empty = file.bytes && trimmed(*file.bytes).empty();
      ++(is_empty ? report_.empty : report_.invalid);
      name_unusable(file, is_empty     ? "empty"
                          : file.bytes ? document.error().what
                                       : "larger than a document may be");
      continue;
    }
    Event event = event_from_document(document->view, document->bytes, document->found);
    if (auto done = add(std::move(event), true); !done) return done;
  }
  return {};
}

Status Import::take_version(const FileVersion& version) {
  const std::string name = os::base_name_of(version.path);
  // Our own renderings are no part of the predecessor's past.
  constexpr std::string_view ending = ".json";
  if (!name.ends_with(ending) || (version.bytes && is_sealed(*version.bytes))) return {};
  paths_.insert(version.path);
  ++report_.versions;
  if (version.bytes && trimmed(*version.bytes).empty()) {
    ++report_.empty;
    name_unusable(version, "empty");
    return {};
  }
  const auto refuse = [&](const std::string& reason) -> Status {
    ++report_.invalid;
    name_unusable(version, reason);
    return {};
  };
  const auto job = JobName::parse(std::string_view(name).substr(0, name.size() - ending.size()));
  if (!job) return refuse(job.error().what);
  if (!version.bytes) return refuse("larger than a document may be");
  const auto document = parse_view(*job, *version.bytes);
  if (!document) return refuse(document.error().what);
  Event event = event_from_document(*document, *version.bytes, version.committed);
  hold_back(event, version.committed + furthest_ahead);
  return add(std::move(event), false);
}

// A document of data/history/ is in the index as such; whether it is an event too the segments say.
Result<bool> Import::is_known(const Event& event, bool is_document) {
  if (waiting_.contains(std::string(event.id.random_text()))) return true;
  if (!is_document) return index_.knows_content(event.job, event.id.parts().random);
  const auto held = repository_.holds(tip_, std::span(&event.id, 1));
  if (!held) return std::unexpected(held.error());
  return !held->empty();
}

Result<EventId> Import::shown(const JobName& job) const {
  const auto view = repository_.view(tip_, job);
  if (!view) return std::unexpected(view.error());
  return *view ? revision_of((*view)->bytes) : EventId{};
}

Status Import::add(Event event, bool is_document) {
  if (!taken_.emplace(event.id.random_text()).second) {
    ++report_.duplicates;
    return {};
  }
  const auto known = is_known(event, is_document);
  if (!known) return std::unexpected(known.error());
  if (*known) {
    ++report_.known;
    return {};
  }
  ++report_.added;
  if (request_->dry_run) return {};
  const auto newest = shown(event.job);
  if (!newest) return std::unexpected(newest.error());
  // A document of data/history/ counts already with the id it has.
  if (!newest->empty() && !is_document) hold_back(event, newest->parts().time - milliseconds{1});
  event.imported = true;
  if (auto done = spool_.append(event); !done) return done;
  if (++since_publish_ < request_->portion) return {};
  since_publish_ = 0;
  return request_->publish();
}

}  // namespace signalbox
