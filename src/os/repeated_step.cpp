#include "os/repeated_step.h"

#include <condition_variable>
#include <csignal>
#include <mutex>
#include <stop_token>
#include <system_error>
#include <thread>

namespace signalbox::os {
namespace {

using std::chrono::milliseconds;

void repeat(const std::stop_token& stop, milliseconds interval, const std::function<bool()>& step) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  for (;;) {
    stopped.wait_for(lock, stop, interval, [] { return false; });
    if (stop.stop_requested() || !step()) return;
  }
}

template <class Body>
std::jthread start_without_signals(Body body) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    std::jthread thread(std::move(body));
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return thread;
  } catch (...) {
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
}

}  // namespace

struct RepeatedStep::Impl {
  std::jthread thread;
};

RepeatedStep::RepeatedStep(milliseconds interval, std::function<bool()> step)
    : impl_(std::make_unique<Impl>()) {
  try {
    impl_->thread =
        start_without_signals([interval, step = std::move(step)](const std::stop_token& stop) {
          repeat(stop, interval, step);
        });
  } catch (const std::system_error&) {
    // A node at its limit of threads: the work goes on without a heartbeat, as the header says.
  }
}

RepeatedStep::~RepeatedStep() = default;  // asks the thread to stop, and waits for it

}  // namespace signalbox::os
