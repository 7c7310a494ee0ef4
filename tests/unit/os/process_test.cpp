#include "os/process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/text.h"
#include "support/support.h"

namespace signalbox::os {
namespace {

using namespace std::chrono_literals;
using testing::TemporaryDirectory;

constexpr auto far_away = 300s;  // a time-out that a passing test never reaches

std::vector<std::string> shell(const std::string& script) {
  return {"sh", "-c", script};
}

ProcessResult run_or_fail(const Command& command) {
  auto result = run(command);
  if (!result) {
    ADD_FAILURE() << describe(result.error());
    return {.exit_status = -1};
  }
  return *result;
}

// A FIFO: opening it for reading waits until the other process has something to say.
class Messages {
 public:
  explicit Messages(std::string path) : path_(std::move(path)) {
    testing::run_ok({"mkfifo", path_});
  }
  [[nodiscard]] std::string next() const { return std::string(trimmed(testing::read_file(path_))); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

bool is_alive(int pid) {
  // A zombie has ended; only nobody has looked yet.
  const std::string status = testing::read_file("/proc/" + std::to_string(pid) + "/stat");
  const auto after_name = status.rfind(") ");
  return after_name != std::string::npos && status[after_name + 2] != 'Z';
}

// SIGKILL is asynchronous: the signal is sent, the end follows.
void expect_ends(int pid) {
  ASSERT_GT(pid, 1);
  while (is_alive(pid)) std::this_thread::sleep_for(1ms);  // bounded by the test's own time limit
}

TEST(Process, gives_back_both_streams_and_the_exit_status) {
  const auto result = run_or_fail({.arguments = shell("echo out; echo err >&2; exit 7")});
  EXPECT_EQ(result.exit_status, 7);
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.errors, "err\n");
  EXPECT_FALSE(result.timed_out);
}

TEST(Process, passes_arguments_as_they_are_without_a_shell) {
  const std::string odd = "a b;$(exit 3)'\"\n*";
  EXPECT_EQ(run_or_fail({.arguments = {"printf", "%s", odd}}).output, odd);
}

TEST(Process, reads_what_it_is_given_to_its_end) {
  EXPECT_EQ(run_or_fail({.arguments = {"cat"}}).output, "");
  std::string input(3U << 20U, 'x');
  input[7] = '\0';
  EXPECT_EQ(run_or_fail({.arguments = {"cat"}, .input = input}).output, input);
  EXPECT_EQ(run_or_fail({.arguments = {"true"}, .input = input}).exit_status, 0);
}

TEST(Process, refuses_arguments_that_contain_a_nul) {
  const auto result = run({.arguments = {"printf", std::string("a\0b", 3)}});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::InvalidInput);
}

TEST(Process, refuses_an_empty_command) {
  EXPECT_EQ(run({}).error().kind, ErrorKind::InvalidInput);
  EXPECT_EQ(start_detached({}, {}).error().kind, ErrorKind::InvalidInput);
}

TEST(Process, names_a_program_that_is_not_there) {
  const auto result = run({.arguments = {"signalbox-no-such-program"}});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::NotFound);
  EXPECT_NE(result.error().what.find("signalbox-no-such-program"), std::string::npos);
}

TEST(Process, names_a_missing_program_also_when_a_directory_in_path_is_closed) {
  const TemporaryDirectory place;
  testing::write_file(place / "signalbox-no-such-program", "not executable");
  const std::string before = std::getenv("PATH");
  ::setenv("PATH", (place.path() + ":" + before).c_str(), 1);
  const auto result = run({.arguments = {"signalbox-no-such-program"}});
  ::setenv("PATH", before.c_str(), 1);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::NotFound);
}

TEST(Process, tells_a_missing_directory_from_a_missing_program) {
  const auto result = run({.arguments = {"true"}, .directory = "/no/such/place"});
  ASSERT_FALSE(result.has_value());
  EXPECT_NE(result.error().what.find("/no/such/place"), std::string::npos);
}

TEST(Process, reports_a_file_that_may_not_be_executed) {
  const TemporaryDirectory place;
  testing::write_file(place / "plain", "text");
  const auto result = run({.arguments = {place / "plain"}});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::PermissionDenied);
}

TEST(Process, runs_in_the_given_directory) {
  const TemporaryDirectory place;
  const auto result = run_or_fail({.arguments = {"pwd", "-P"}, .directory = place.path()});
  EXPECT_EQ(trimmed(result.output), std::filesystem::canonical(place.path()).string());
}

TEST(Process, changes_adds_and_removes_variables) {
  ::setenv("SIGNALBOX_TEST_REMOVED", "1", 1);
  ::setenv("SIGNALBOX_TEST_CHANGED", "old", 1);
  const auto result = run_or_fail(
      {.arguments = shell("echo \"${SIGNALBOX_TEST_REMOVED-none} $SIGNALBOX_TEST_CHANGED "
                          "$SIGNALBOX_TEST_ADDED ${PATH:+path}\""),
       .environment = {{"SIGNALBOX_TEST_REMOVED", std::nullopt},
                       {"SIGNALBOX_TEST_CHANGED", "new"},
                       {"SIGNALBOX_TEST_ADDED", "added"}}});
  EXPECT_EQ(result.output, "none new added path\n");
}

TEST(Process, has_an_empty_standard_input) {
  EXPECT_EQ(run_or_fail({.arguments = {"cat"}, .timeout = far_away}).output, "");
}

TEST(Process, has_a_session_of_its_own_and_so_no_terminal_to_prompt_on) {
  const auto result = run_or_fail({.arguments = shell("cut -d' ' -f1,6 /proc/$$/stat")});
  const auto space = result.output.find(' ');
  EXPECT_EQ(result.output.substr(0, space), trimmed(result.output.substr(space)));
}

TEST(Process, inherits_no_descriptors) {
  const int leaked = ::dup2(STDERR_FILENO, 57);
  ASSERT_EQ(leaked, 57);
  const auto result = run_or_fail({.arguments = shell("[ -e /proc/$$/fd/57 ] && echo leaked")});
  ::close(leaked);
  EXPECT_EQ(result.output, "");
}

TEST(Process, works_when_the_caller_has_closed_its_standard_streams) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::close(number);
    const auto result = run({.arguments = shell("echo out; echo err >&2")});
    ::_exit(result && result->output == "out\n" && result->errors == "err\n" ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
}

TEST(Process, knows_the_exit_status_even_when_sigchld_was_ignored) {
  const auto before = std::signal(SIGCHLD, SIG_IGN);
  const auto result = run_or_fail({.arguments = shell("exit 5")});
  (void)std::signal(SIGCHLD, before);
  EXPECT_EQ(result.exit_status, 5);
}

TEST(Process, gives_the_child_standard_signal_handling) {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  const auto result =
      run_or_fail({.arguments = {"grep", "^Sig[BI][lg][kn]:", "/proc/self/status"}});
  (void)std::signal(SIGPIPE, before);
  EXPECT_EQ(result.output, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST(Process, keeps_output_up_to_the_limit_and_lets_the_child_write_on) {
  const auto result = run_or_fail({.arguments = shell("head -c 3000000 /dev/zero; echo end >&2"),
                                   .timeout = far_away,
                                   .output_limit = 1000});
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_EQ(result.output.size(), 1000U);
  EXPECT_EQ(result.errors, "end\n");
}

TEST(Process, says_which_signal_killed_the_child) {
  EXPECT_EQ(run_or_fail({.arguments = shell("kill -9 $$")}).exit_status, 128 + 9);
}

TEST(Process, ends_the_whole_group_on_timeout) {
  const TemporaryDirectory place;
  const auto result =
      run_or_fail({.arguments = shell("sleep 100000 & echo $!; wait"), .timeout = 200ms});
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.exit_status, 128 + SIGTERM);
  expect_ends(std::atoi(result.output.c_str()));
}

TEST(Process, kills_a_group_that_ignores_the_polite_signal) {
  const auto result = run_or_fail(
      {.arguments = shell("trap '' TERM; sleep 100000 & echo $!; while :; do wait; done"),
       .timeout = 200ms});
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.exit_status, 128 + SIGKILL);
  expect_ends(std::atoi(result.output.c_str()));
}

TEST(Process, is_not_held_by_a_descendant_that_keeps_the_pipes_open) {
  const auto result =
      run_or_fail({.arguments = shell("setsid sleep 100000 & echo $!"), .timeout = far_away});
  EXPECT_FALSE(result.timed_out);
  EXPECT_EQ(result.exit_status, 0);
  const int left_behind = std::atoi(result.output.c_str());
  EXPECT_TRUE(is_alive(left_behind));  // ended normally: what it left behind is its own business
  ::kill(left_behind, SIGKILL);
}

TEST(Process, ends_when_its_caller_is_killed) {
  const TemporaryDirectory place;
  const Messages messages(place / "messages");
  const pid_t caller = ::fork();
  if (caller == 0) {
    (void)run({.arguments = shell("echo $$ > '" + messages.path() + "'; exec sleep 100000"),
               .timeout = far_away});
    ::_exit(0);
  }
  const int child = std::atoi(messages.next().c_str());
  EXPECT_TRUE(is_alive(child));
  ::kill(caller, SIGKILL);
  ::waitpid(caller, nullptr, 0);
  expect_ends(child);
}

TEST(Process, many_run_at_once_from_several_threads) {
  std::vector<std::jthread> threads;
  std::array<int, 8> statuses{};
  for (std::size_t index = 0; index < statuses.size(); ++index) {
    threads.emplace_back([index, &statuses] {
      const auto result = run({.arguments = shell("exit " + std::to_string(index + 1))});
      statuses[index] = result ? result->exit_status : -1;
    });
  }
  threads.clear();
  EXPECT_EQ(statuses, (std::array{1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST(DetachedProcess, outlives_its_starter_in_its_own_session_and_needs_no_reaping) {
  const TemporaryDirectory place;
  const Messages messages(place / "messages");
  ASSERT_TRUE(
      start_detached(shell("cut -d' ' -f1,4,6 /proc/$$/stat > '" + messages.path() + "'"), {}));
  int pid = 0;
  int parent = 0;
  int session = 0;
  ASSERT_EQ(std::sscanf(messages.next().c_str(), "%d %d %d", &pid, &parent, &session), 3);
  EXPECT_EQ(pid, session);
  EXPECT_NE(parent, ::getpid());
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(DetachedProcess, has_nothing_of_its_starter_open) {
  const TemporaryDirectory place;
  const Messages messages(place / "messages");
  const int leaked = ::dup2(STDERR_FILENO, 57);
  ASSERT_EQ(leaked, 57);
  const std::string script =
      "pid=$$; seen=$(for n in 0 1 2 57; do readlink /proc/$pid/fd/$n || echo closed; done; pwd); "
      "echo \"$seen\" > '" +
      messages.path() + "'";
  ASSERT_TRUE(start_detached(shell(script), {}));
  ::close(leaked);
  EXPECT_EQ(messages.next(), "/dev/null\n/dev/null\n/dev/null\nclosed\n/");
}

TEST(DetachedProcess, starts_in_the_given_directory) {
  const TemporaryDirectory place;
  const Messages messages(place / "messages");
  ASSERT_TRUE(start_detached(shell("pwd -P > '" + messages.path() + "'"), place.path()));
  EXPECT_EQ(messages.next(), std::filesystem::canonical(place.path()).string());
}

TEST(DetachedProcess, tells_when_the_program_or_the_directory_is_missing) {
  EXPECT_EQ(start_detached({"signalbox-no-such-program"}, {}).error().kind, ErrorKind::NotFound);
  EXPECT_NE(start_detached({"true"}, "/no/such/place").error().what.find("/no/such/place"),
            std::string::npos);
}

TEST(OwnExecutable, is_the_file_that_runs_this_test) {
  const auto path = own_executable();
  ASSERT_TRUE(path.has_value());
  EXPECT_TRUE(std::filesystem::equivalent(*path, "/proc/self/exe"));
}

}  // namespace
}  // namespace signalbox::os
