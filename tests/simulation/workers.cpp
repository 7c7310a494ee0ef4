#include "simulation/workers.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>
#include <utility>
#include <vector>

namespace signalbox::simulation {
namespace {

constexpr unsigned longest_run = 120;  // s of real time; a run takes a tenth of one

// A file system in memory, where there is one. The path is the same for the same seed, whoever runs
// it, because names that are made from it are part of the run: so all users share it, as they share
// /tmp.
std::string base_directory() {
  const char* memory = ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
  const std::string path = std::string(memory) + "/signalbox-simulation";
  if (::mkdir(path.c_str(), 0700) == 0) ::chmod(path.c_str(), 01777);
  struct stat found{};
  if (::lstat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode) &&
      (found.st_mode & S_ISVTX) != 0) {
    return path;
  }
  std::fprintf(stderr, "simulate: '%s' is no shared directory; remove it\n", path.c_str());
  std::exit(1);
}

std::string format(const RunResult& result) {
  std::ostringstream text;
  text << result.trace_hash << ' ' << result.steps << ' ' << result.acknowledged << ' '
       << result.commits << ' ' << result.simulated_seconds << '\n'
       << result.violation << '\n';
  for (const std::string& fault : result.happened) text << fault << '\n';
  return text.str();
}

RunResult parse(const std::string& text, int status) {
  RunResult result;
  std::istringstream lines(text);
  lines >> result.trace_hash >> result.steps >> result.acknowledged >> result.commits >>
      result.simulated_seconds;
  const bool is_whole = !lines.fail();
  std::string line;
  std::getline(lines, line);
  std::getline(lines, result.violation);
  while (std::getline(lines, line)) result.happened.push_back(line);
  if (WIFSIGNALED(status)) {
    result.violation = WTERMSIG(status) == SIGALRM
                           ? "the run does not end"
                           : "the run died by signal " + std::to_string(WTERMSIG(status));
  } else if (!is_whole) {
    result.violation = "the run ended without a result";
  }
  return result;
}

[[noreturn]] void run_in_child(const Job& job, const Workers& workers, int out) {
  ::alarm(longest_run);
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &files);
  }
  const std::string root = base_directory() + "/" + std::to_string(job.seed);
  // Another program may run the same seed.
  const std::string lock_path = root + ".lock";
  const int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (lock >= 0) (void)::flock(lock, LOCK_EX);
  const RunResult result = run_plan(make_plan(job.seed, job.reduction), root, workers.prints_trace);
  (void)std::fflush(stdout);
  if (!workers.keeps_files) std::filesystem::remove_all(root);
  ::unlink(lock_path.c_str());
  const std::string text = format(result);
  (void)!::write(out, text.data(), text.size());
  std::_Exit(0);
}

struct Running {
  Job job;
  pid_t pid;
  int in;
  std::string text;
};

Running start(const Job& job, const Workers& workers) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    std::perror("simulate: pipe");
    std::exit(1);
  }
  (void)std::fflush(stdout);
  const pid_t pid = ::fork();
  if (pid == 0) run_in_child(job, workers, ends[1]);
  ::close(ends[1]);
  if (pid < 0) {
    std::perror("simulate: fork");
    std::exit(1);
  }
  return {.job = job, .pid = pid, .in = ends[0], .text = {}};
}

// False at the end of what a run has to say.
bool read_more(Running& run) {
  char bytes[4096];
  const ssize_t got = ::read(run.in, bytes, sizeof bytes);
  if (got > 0) run.text.append(bytes, static_cast<std::size_t>(got));
  return got > 0;
}

}  // namespace

void run_all(const Workers& workers) {
  std::vector<Running> running;
  bool more = true;
  while (more || !running.empty()) {
    while (more && static_cast<int>(running.size()) < workers.jobs) {
      Job job;
      more = workers.next(job);
      if (more) running.push_back(start(job, workers));
    }
    std::vector<pollfd> waiting;
    for (const Running& run : running) waiting.push_back({.fd = run.in, .events = POLLIN});
    if (waiting.empty() || ::poll(waiting.data(), waiting.size(), -1) < 0) continue;
    for (std::size_t i = running.size(); i-- > 0;) {
      if (waiting[i].revents == 0 || read_more(running[i])) continue;
      int status = 0;
      ::waitpid(running[i].pid, &status, 0);
      ::close(running[i].in);
      const Running ended = std::move(running[i]);
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
      workers.done(ended.job, parse(ended.text, status));
    }
  }
}

RunResult run_one(const Job& job, bool prints_trace, bool keeps_files) {
  RunResult result;
  bool is_started = false;
  run_all({.prints_trace = prints_trace,
           .keeps_files = keeps_files,
           .next =
               [&](Job& next) {
                 next = job;
                 return !std::exchange(is_started, true);
               },
           .done = [&](const Job&, const RunResult& ended) { result = ended; }});
  return result;
}

}  // namespace signalbox::simulation
