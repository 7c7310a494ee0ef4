// Many writers at once, with as little of its own as possible:
//
//   bench_writers OUT WRITERS REPORTS PAUSE_MS COMMAND [ARGUMENT...]
//
// Forks WRITERS processes; each runs COMMAND REPORTS times, one after another with a pause between
// (0: none, a closed loop), with "@W" in an argument replaced by the writer's number and "@R" by
// the report's. OUT gets a line a run:
// "<writer> <exit status> <nanoseconds>".
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

extern char** environ;

namespace {

std::string replaced(std::string text, const std::string& mark, int number) {
  const auto at = text.find(mark);
  if (at != std::string::npos) text.replace(at, mark.size(), std::to_string(number));
  return text;
}

int run(const std::vector<std::string>& command, int writer, int report) {
  std::vector<std::string> words;
  for (const std::string& word : command) {
    words.push_back(replaced(replaced(word, "@W", writer), "@R", report));
  }
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int failed =
      ::posix_spawn(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return 127;
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

void write_all(int out, const std::vector<std::string>& command, int writer, int reports,
               int pause_ms) {
  std::string lines;
  // Spread over one pause, as cron jobs and nodes are: not all in the same millisecond.
  ::usleep(static_cast<useconds_t>(pause_ms) * 1000 * static_cast<unsigned>(writer % 64) / 64);
  for (int report = 0; report < reports; ++report) {
    const auto start = std::chrono::steady_clock::now();
    const int status = run(command, writer, report);
    const auto time = std::chrono::steady_clock::now() - start;
    lines += std::to_string(writer) + " " + std::to_string(status) + " " +
             std::to_string(std::chrono::nanoseconds(time).count()) + "\n";
    if (pause_ms > 0) ::usleep(static_cast<useconds_t>(pause_ms) * 1000);
  }
  // One append a writer: the lines of two do not mix.
  if (::write(out, lines.data(), lines.size()) < 0) std::_Exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) return 2;
  const int out = ::open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
  if (out < 0) return 1;
  const int writers = std::atoi(argv[2]);
  const int reports = std::atoi(argv[3]);
  const int pause_ms = std::atoi(argv[4]);
  const std::vector<std::string> command(argv + 5, argv + argc);
  for (int writer = 0; writer < writers; ++writer) {
    if (::fork() == 0) {
      write_all(out, command, writer, reports, pause_ms);
      std::_Exit(0);
    }
  }
  while (::wait(nullptr) > 0) {
  }
  return 0;
}
