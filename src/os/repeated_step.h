// A small step that is done again and again beside the caller's work: a heartbeat.
//
//   const RepeatedStep beat(4s, [&] { ...; return goes_on; });
//   ...                     first after 4 s, then every 4 s
//
// In a thread of its own, which blocks all signals: they are for the thread that knows what may be
// interrupted. When the destructor returns no step is under way, and none will be. Where the system
// has no room for a thread (a limit of processes), the step is never done.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace signalbox::os {

class RepeatedStep {
 public:
  // `step` returns false to end it.
  RepeatedStep(std::chrono::milliseconds interval, std::function<bool()> step);
  RepeatedStep(const RepeatedStep&) = delete;
  RepeatedStep& operator=(const RepeatedStep&) = delete;
  ~RepeatedStep();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signalbox::os
