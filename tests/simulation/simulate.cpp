// simulate: the real code in simulated worlds, one for each seed. See README.md.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <thread>

#include "simulation/shrink.h"

namespace signalbox::simulation {
namespace {

struct Options {
  std::string seeds, faults;
  std::uint64_t seed = 0;
  std::vector<std::string> without;
  int reports = 0;
  int jobs = static_cast<int>(std::thread::hardware_concurrency());
  bool trace = false, keep = false, no_shrink = false, keep_going = false;
};

// "7", "1..300"
bool parse_seeds(const std::string& text, std::uint64_t& first, std::uint64_t& last) {
  char* rest = nullptr;
  first = last = std::strtoull(text.c_str(), &rest, 10);
  if (rest == text.c_str()) return false;
  if (*rest == '\0') return true;
  if (std::string_view(rest).substr(0, 2) != "..") return false;
  const char* end = rest + 2;
  last = std::strtoull(end, &rest, 10);
  return rest != end && *rest == '\0' && last >= first;
}

void print_failure(const Job& job, const RunResult& result) {
  std::printf("FAILED: seed %llu: %s\n", static_cast<unsigned long long>(job.seed),
              result.violation.c_str());
  std::printf("  plan: %s\n", make_plan(job.seed, job.reduction).text().c_str());
  for (const std::string& fault : result.happened) std::printf("  fault: %s\n", fault.c_str());
}

void print_smallest(const Job& failing) {
  std::printf("making it smaller ...\n");
  const Job smallest = shrink(failing, [](const Job& smaller) {
    std::printf("  %s\n", command_of(smaller).c_str());
    (void)std::fflush(stdout);
  });
  print_failure(smallest, run_one(smallest, false, false));
  std::printf("replay with: %s --trace\n", command_of(smallest).c_str());
}

class Campaign {
 public:
  explicit Campaign(const Options& options) : options_(options) {}

  int run(std::uint64_t first, std::uint64_t last) {
    std::uint64_t next = first;
    total_ = last - first + 1;
    run_all({.jobs = options_.jobs,
             .next =
                 [&](Job& job) {
                   if ((failed_ && !options_.keep_going) || next > last) return false;
                   job = {.seed = next++};
                   return true;
                 },
             .done = [&](const Job& job, const RunResult& result) { take(job, result); }});
    if (::isatty(STDERR_FILENO) == 1) (void)std::fprintf(stderr, "\r\x1b[K");
    const double seconds = elapsed();
    std::printf(
        "%llu seeds in %.1f s (%.1f a second): %llu reports acknowledged, %llu commits, %llu "
        "faults, %llu steps, %.1f simulated days\n",
        static_cast<unsigned long long>(done_), seconds, static_cast<double>(done_) / seconds,
        static_cast<unsigned long long>(sum_.acknowledged),
        static_cast<unsigned long long>(sum_.commits), static_cast<unsigned long long>(faults_),
        static_cast<unsigned long long>(sum_.steps),
        static_cast<double>(sum_.simulated_seconds) / 86'400);
    if (!failed_) return 0;
    if (!options_.no_shrink) print_smallest(*failed_);
    return 1;
  }

 private:
  void take(const Job& job, const RunResult& result) {
    ++done_;
    sum_.acknowledged += result.acknowledged;
    sum_.commits += result.commits;
    sum_.steps += result.steps;
    sum_.simulated_seconds += result.simulated_seconds;
    faults_ += result.happened.size();
    if (!result.ok()) {
      if (!failed_ || job.seed < failed_->seed) failed_ = job;
      print_failure(job, result);
    }
    if (::isatty(STDERR_FILENO) == 1) {
      (void)std::fprintf(stderr, "\r%llu/%llu seeds, %.0f s\x1b[K",
                         static_cast<unsigned long long>(done_),
                         static_cast<unsigned long long>(total_), elapsed());
    }
  }

  [[nodiscard]] double elapsed() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  }

  const Options& options_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::uint64_t total_ = 0, done_ = 0, faults_ = 0;
  RunResult sum_;
  std::optional<Job> failed_;
};

int run_single(const Options& options) {
  Job job{.seed = options.seed};
  job.reduction.actors = options.without;
  if (options.reports > 0) job.reduction.most_reports = options.reports;
  if (!options.faults.empty()) {
    job.reduction.all_faults = false;
    if (options.faults != "none") {
      for (const std::string& number : CLI::detail::split(options.faults, ',')) {
        job.reduction.faults.push_back(std::strtoull(number.c_str(), nullptr, 10));
      }
    }
  }
  std::printf("plan: %s\n", make_plan(job.seed, job.reduction).text().c_str());
  const RunResult result = run_one(job, options.trace, options.keep);
  std::printf("%llu reports acknowledged, %llu commits, %llu steps, %llu simulated seconds\n",
              static_cast<unsigned long long>(result.acknowledged),
              static_cast<unsigned long long>(result.commits),
              static_cast<unsigned long long>(result.steps),
              static_cast<unsigned long long>(result.simulated_seconds));
  std::printf("trace %016llx\n", static_cast<unsigned long long>(result.trace_hash));
  if (result.ok()) {
    std::printf("all held\n");
    return 0;
  }
  print_failure(job, result);
  return 1;
}

int run_program(int count, char** arguments) {
  Options options;
  CLI::App app("Runs Signalbox in simulated worlds and checks that nothing was lost.");
  app.footer(
      "Examples:\n  simulate --seeds 1..10000\n  simulate --seed 42 --trace\n\n"
      "Exit codes: 0 all held, 1 something was lost (or worse), 2 usage.");
  auto* seeds = app.add_option("--seeds", options.seeds, "A..B: each in a world of its own");
  auto* seed = app.add_option("--seed", options.seed, "one world");
  seeds->excludes(seed);
  app.add_option("--jobs", options.jobs, "seeds at the same time (as many as processors)")
      ->check(CLI::Range(1, 1024));
  app.add_flag("--no-shrink", options.no_shrink, "do not look for a smaller plan that fails");
  app.add_flag("--keep-going", options.keep_going, "run all seeds, also after one that failed");
  app.add_flag("--trace", options.trace, "every step of the one seed, on stdout")->needs(seed);
  app.add_flag("--keep", options.keep, "keep the files of the one seed, in /dev/shm")->needs(seed);
  app.add_option("--without", options.without, "actors to leave out, comma separated")
      ->delimiter(',')
      ->check(
          CLI::IsMember(std::vector<std::string>(std::begin(actor_names), std::end(actor_names))))
      ->needs(seed);
  app.add_option("--faults", options.faults, "numbers of the plan's faults to keep, or 'none'")
      ->needs(seed);
  app.add_option("--reports", options.reports, "at most so many of each reporter")->needs(seed);
  app.allow_extras(false);
  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (*seed) return run_single(options);
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  if (!*seeds || !parse_seeds(options.seeds, first, last)) {
    (void)std::fprintf(stderr, "error: say --seeds A..B or --seed N\n");
    return 2;
  }
  return Campaign(options).run(first, last);
}

}  // namespace
}  // namespace signalbox::simulation

int main(int count, char** arguments) {
  return signalbox::simulation::run_program(count, arguments);
}
