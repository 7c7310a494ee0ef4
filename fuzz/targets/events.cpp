// What is said of a job in one line: event lines, ids, job names, status words.
#include "event/event.h"
#include "target.h"

namespace signalbox::fuzz {
namespace {

void events(std::string_view bytes) {
  if (const auto event = parse_event(bytes)) {
    const std::string line = format_event(*event);
    require(line.find('\n') == std::string::npos);
    const auto again = parse_event(line);
    require(again && *again == *event && format_event(*again) == line);
    require(JobName::parse(event->job.text()).has_value());
  }
  if (const auto id = EventId::parse(bytes)) {
    require(id->text() == bytes && EventId(id->parts()) == *id);
  }
  if (const auto job = JobName::parse(bytes)) {
    require(job->text() == bytes && bytes.find('/') == std::string_view::npos);
    require(job_of_status_file(job->text() + ".json") == *job);
  }
  if (const auto word = parse_status_word(bytes)) require(parse_status_word(*word) == *word);
}

const Target target("events", events);

}  // namespace
}  // namespace signalbox::fuzz
