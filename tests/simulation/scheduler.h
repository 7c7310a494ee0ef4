// Processes as fibers of one thread, in simulated time: who goes on is decided by the time at which
// each wakes, and nothing else, so the same seed gives the same run.
//
//   Scheduler scheduler;
//   auto process = scheduler.start(host, "report", [&] { ...; scheduler.sleep(5ms); ... });
//   scheduler.run();            until nobody is left who could wake
//
// A process that is killed never goes on: its stack is left as it is and no destructor runs, as
// after kill -9. When its main fiber ends the process has ended, and its other fibers with it.
#pragma once

#include <ucontext.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <vector>

namespace signalbox::simulation {

using Time = std::chrono::microseconds;  // since the world began

class Fiber;

struct Process {
  int host = -1;  // -1: the world itself, which nothing kills
  int pid = 0;
  unsigned long long start_time = 0;  // clock ticks since its host's boot
  std::string name;
  bool is_mortal = true;  // a program of ours or of a person, which faults may kill
  bool has_ended = false;
  bool was_killed = false;
  std::vector<Fiber*> waiting;  // for its end
};

class Scheduler {
 public:
  Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  ~Scheduler();

  // Its main fiber begins now.
  void start(const std::shared_ptr<Process>& process, std::function<void()> body);
  // Another fiber of the process that runs; it goes when the process does.
  void start_beside(std::function<void()> body);

  void run();

  // For the fiber that runs.
  [[nodiscard]] Process* current() const;  // null outside of fibers
  void sleep(Time time);
  void wait_for(Process& process);  // returns at once when it has ended
  void wait_until(const std::function<bool()>& condition, Time glance);

  // Does not return when the process that runs is the one.
  void kill(Process& process);

  [[nodiscard]] Time now() const { return now_; }
  [[nodiscard]] const std::vector<std::shared_ptr<Process>>& processes() const {
    return processes_;
  }

 private:
  struct Wake {
    Time at;
    std::uint64_t turn;
    Fiber* fiber;
    bool operator>(const Wake& other) const {
      return at != other.at ? at > other.at : turn > other.turn;
    }
  };
  static void enter(unsigned high, unsigned low);
  void add(const std::shared_ptr<Process>& process, std::function<void()> body, bool is_main);
  void wake(Fiber& fiber, Time at);
  void leave();  // back to run(); returns when the fiber is woken
  void end(Process& process);

  Time now_{0};
  std::uint64_t turn_ = 0;
  std::priority_queue<Wake, std::vector<Wake>, std::greater<>> queue_;
  std::vector<std::shared_ptr<Process>> processes_;
  std::vector<std::unique_ptr<Fiber>> fibers_;
  std::vector<void*> free_stacks_;
  Fiber* running_ = nullptr;
  ucontext_t main_{};
};

}  // namespace signalbox::simulation
