// Status files of whatever origin, and the predecessor's history.
#include "board/document.h"
#include "board/view.h"
#include "intake/masking.h"
#include "repository/segment.h"
#include "target.h"

namespace signalbox::fuzz {
namespace {

void documents(std::string_view bytes) {
  static const JobName job = JobName::parse("job").value();
  (void)revision_of(bytes);
  if (const auto view = parse_view(job, bytes)) {
    require(view->sealed == (is_sealed(bytes) && !view->event.id.empty()));
    const Event event = event_from_document(*view, bytes, UtcTime{});
    require(event_from_document(*view, bytes, UtcTime{}) == event);
    const std::string rendering = render_view(event);
    require(is_sealed(rendering) && revision_of(rendering) == event.id);
    const auto again = parse_view(job, rendering);
    require(again && again->sealed && again->event.id == event.id);
    // What is adopted can be read back from the spool and the history, secrets masked or not.
    for (const Event& one : {event, masked(event, Masker())}) {
      const auto line = parse_event(format_event(one));
      require(line && line->id == event.id && format_event(*line) == format_event(one));
    }
  }
  for (const char* name : {"job_20250817_060000.json", "2025-08-17.json"}) {
    const std::string path = std::string("data/history/") + name;
    for (const Event& event : content_of_file(path, bytes).events) require(!event.id.empty());
    for (const auto& document : documents_of_history_file(name, bytes)) {
      require(document || !document.error().what.empty());
    }
  }
  (void)documents_of_history_file(bytes, "{}");
}

const Target target("documents", documents);

}  // namespace
}  // namespace signalbox::fuzz
