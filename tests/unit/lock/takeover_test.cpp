// Three processes and a leftover, in every order of their file operations that takes at most two
// preemptions: the real code, each "process" a thread that a scheduler lets do one operation at a
// time. What is known of such protocols: with three processes and two preemptions the usual ones
// (check and unlink; rename aside and look) let two of them in.
#include <gtest/gtest.h>

#include <array>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "lock/advertised_lock.h"
#include "support/fake_clock.h"
#include "support/support.h"

namespace signalbox {
namespace {

constexpr int processes = 3;
constexpr int none = -1;

// Lets one thread at a time go on; a schedule says at which operation another one takes over.
class Scheduler {
 public:
  struct Switch {
    int at;  // operations done so far, of all
    int to;
  };

  explicit Scheduler(std::vector<Switch> switches) : switches_(std::move(switches)) {}

  void run(const std::function<void(int)>& body) {
    std::vector<std::thread> threads;
    for (int process = 0; process < processes; ++process) {
      threads.emplace_back([this, process, &body] {
        wait_for_turn(process);
        body(process);
        finish(process);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  // Before an operation of a process.
  void step(int process) {
    {
      const std::scoped_lock lock(mutex_);
      if (running_ == none) return;  // all have tried; what is left is cleaned up
      for (const Switch& change : switches_) {
        if (change.at == done_ && !finished_.at(index(change.to))) running_ = change.to;
      }
      ++done_;
    }
    changed_.notify_all();
    wait_for_turn(process);
  }

  [[nodiscard]] int operations() const { return done_; }

 private:
  static std::size_t index(int process) { return static_cast<std::size_t>(process); }
  void wait_for_turn(int process) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return running_ == process; });
  }
  void finish(int process) {
    {
      const std::scoped_lock lock(mutex_);
      finished_.at(index(process)) = true;
      running_ = none;
      for (int other = 0; other < processes && running_ == none; ++other) {
        const int next = (process + 1 + other) % processes;
        if (!finished_.at(index(next))) running_ = next;
      }
    }
    changed_.notify_all();
  }

  std::vector<Switch> switches_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int running_ = 0;
  int done_ = 0;
  std::array<bool, processes> finished_{};
};

// The real file system, one operation at a time.
class SteppedFileSystem final : public os::FileSystem {
 public:
  SteppedFileSystem(Scheduler& scheduler, int process) : scheduler_(scheduler), process_(process) {}
  Result<std::unique_ptr<os::File>> create(const std::string& path) override {
    return step().create(path);
  }
  Result<std::string> read(const std::string& path, std::size_t limit) override {
    return step().read(path, limit);
  }
  Result<std::string> read_from(const std::string& path, std::uint64_t offset,
                                std::size_t limit) override {
    return step().read_from(path, offset, limit);
  }
  Status append(const std::string& path, std::string_view bytes) override {
    return step().append(path, bytes);
  }
  Status rename(const std::string& from, const std::string& to) override {
    return step().rename(from, to);
  }
  Status link(const std::string& from, const std::string& to) override {
    return step().link(from, to);
  }
  Status unlink(const std::string& path) override { return step().unlink(path); }
  Status make_executable(const std::string& path) override { return step().make_executable(path); }
  Status make_directory(const std::string& path) override { return step().make_directory(path); }
  Status remove_directory(const std::string& path) override {
    return step().remove_directory(path);
  }
  Status touch(const std::string& path) override { return step().touch(path); }
  Status sync_directory(const std::string& path) override { return step().sync_directory(path); }
  Status sync_files(const std::vector<std::string>& paths) override {
    return step().sync_files(paths);
  }
  Result<std::vector<std::string>> list(const std::string& path) override {
    return step().list(path);
  }
  Result<os::FileStatus> status(const std::string& path) override { return step().status(path); }

 private:
  os::FileSystem& step() {
    scheduler_.step(process_);
    return os::real_file_system();
  }
  Scheduler& scheduler_;
  int process_;
};

class Takeover : public ::testing::Test {
 protected:
  // How many hold the lock at the end; they hold it until all have tried.
  int holders(Scheduler& scheduler) {
    testing::write_file(path, "2147483647\nhost\n" + os::boot_id() + "\n1\npublish\nnow\n" +
                                  os::process_namespaces() + "\n");
    std::array<std::unique_ptr<SteppedFileSystem>, processes> views;  // outlive the locks
    std::array<std::optional<AdvertisedLock>, processes> locks;
    for (int process = 0; process < processes; ++process) {
      views.at(static_cast<std::size_t>(process)) =
          std::make_unique<SteppedFileSystem>(scheduler, process);
    }
    scheduler.run([&](int process) {
      auto& view = *views.at(static_cast<std::size_t>(process));
      testing::FakeClock clock;
      LockWatch watch(view, clock);
      auto lock =
          AdvertisedLock::try_acquire(view, path, "text of " + std::to_string(process), watch, {});
      if (lock && lock->held()) {
        locks.at(static_cast<std::size_t>(process)).emplace(*std::move(lock));
      }
    });
    int held = 0;
    for (auto& lock : locks) held += lock ? 1 : 0;
    return held;
  }

  testing::TemporaryDirectory place;
  std::string path = place / "dashboard_sync.lock";
};

TEST_F(Takeover, lets_in_exactly_one_of_three_in_every_order_of_two_preemptions) {
  Scheduler in_turn({});
  ASSERT_EQ(holders(in_turn), 1);
  // Preempted, a process does what it does alone, and the others try once more at most.
  const int longest = in_turn.operations();
  int orders = 0;
  int with_a_winner = 0;
  for (int first = 0; first < longest; ++first) {
    for (int second = first + 1; second <= longest; ++second) {
      for (int to = 0; to < processes * processes; ++to) {
        Scheduler scheduler({{first, to / processes}, {second, to % processes}});
        const int held = holders(scheduler);
        ASSERT_LE(held, 1) << "switched at " << first << " and " << second << " to "
                           << to / processes << " and " << to % processes;
        with_a_winner += held;
        ++orders;
      }
    }
  }
  EXPECT_GT(orders, 1000);
  EXPECT_GT(with_a_winner, orders / 2);  // one in the middle of a takeover makes the others wait
}

}  // namespace
}  // namespace signalbox
