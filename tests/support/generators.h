// Arbitrary values of the model, hostile ones included, for property-based tests (rapidcheck).
#pragma once

#include <rapidcheck.h>

#include <string>
#include <vector>

#include "base/text.h"
#include "event/event.h"

namespace signalbox::testing {

// Few names, statuses and runs, so that they meet; any text elsewhere.
inline Event arbitrary_event() {
  const auto text = [] { return valid_utf8(*rc::gen::arbitrary<std::string>()); };
  const auto maybe = [](auto value) {
    return *rc::gen::arbitrary<bool>() ? std::optional(value) : std::nullopt;
  };
  Event event{
      .id = EventId({.time = UtcTime{std::chrono::milliseconds{
                         *rc::gen::inRange<std::int64_t>(1'700'000'000'000, 1'700'000'000'050)}},
                     .counter = static_cast<std::uint16_t>(*rc::gen::inRange(0, 3)),
                     .host = *rc::gen::arbitrary<std::uint32_t>(),
                     .random = *rc::gen::arbitrary<std::uint64_t>()}),
      .job = JobName::parse(*rc::gen::element<std::string>("a", "b-1", "C.d_e")).value(),
      .run_id = *rc::gen::element<std::string>("", "77", "78",
                                               "20230101T000000000-0000-00000001-000000000002"),
      .status =
          *rc::gen::element<std::string>("running", "pending", "completed", "failed", "odd_one"),
      .time =
          UtcTime{std::chrono::milliseconds{*rc::gen::inRange<std::int64_t>(1, 4'000'000'000'000)}},
      .host = text()};
  event.start_time = maybe(text());
  event.end_time = maybe(text());
  event.duration = maybe(*rc::gen::inRange<std::int64_t>(0, 1'000'000));
  event.progress = maybe(*rc::gen::inRange(0, 1001) / 10.0);
  event.cpu_usage = maybe(*rc::gen::inRange(0, 100'000) / 8.0);
  event.memory_usage = maybe(static_cast<double>(*rc::gen::inRange(0, 100'000)));
  event.next_scheduled_run = maybe(text());
  event.message = maybe(text());
  event.config[text()] = text();
  event.metrics["rows"] = *rc::gen::inRange(0, 1000);
  event.extra["unknown " + text()] = Json::array({text(), nullptr, 1.5});
  return event;
}

}  // namespace signalbox::testing
