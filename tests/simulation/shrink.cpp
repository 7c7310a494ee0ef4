#include "simulation/shrink.h"

#include <algorithm>
#include <numeric>
#include <sstream>

namespace signalbox::simulation {
namespace {

constexpr int most_tries = 300;

// What a violation says, without the words that name an event, a commit or a job of this plan.
std::string kind_of(const std::string& violation) {
  std::istringstream words(violation);
  std::string kind;
  for (std::string word; words >> word;) {
    if (std::ranges::none_of(word, [](char c) { return c >= '0' && c <= '9'; })) kind += word + " ";
  }
  return kind;
}

class Shrinking {
 public:
  Shrinking(Job job, const std::function<void(const Job&)>& tell)
      : job_(std::move(job)), tell_(tell) {}

  Job run() {
    kind_ = kind_of(run_one(job_, false, false).violation);
    leave_out_actors();
    leave_out_faults();
    leave_out_reports();
    leave_out_actors();
    return job_;
  }

 private:
  bool take_if_it_fails(const Job& smaller) {
    if (++tries_ > most_tries) return false;
    const RunResult result = run_one(smaller, false, false);
    if (result.ok() || kind_of(result.violation) != kind_) return false;
    job_ = smaller;
    tell_(job_);
    return true;
  }

  void leave_out_actors() {
    for (const char* actor : actor_names) {
      if (std::ranges::find(job_.reduction.actors, actor) != job_.reduction.actors.end()) continue;
      Job smaller = job_;
      smaller.reduction.actors.emplace_back(actor);
      // One that is not there anyway makes the command longer and the plan no smaller.
      if (make_plan(job_.seed, smaller.reduction).text() ==
          make_plan(job_.seed, job_.reduction).text()) {
        continue;
      }
      take_if_it_fails(smaller);
    }
  }

  // Halves first, then smaller and smaller parts, as delta debugging does.
  void leave_out_faults() {
    Job all = job_;
    if (all.reduction.all_faults) {
      all.reduction.all_faults = false;
      all.reduction.faults.resize(make_plan(all.seed, {}).faults.size());
      std::iota(all.reduction.faults.begin(), all.reduction.faults.end(), 0);
      job_ = all;
    }
    for (std::size_t part = std::max<std::size_t>(job_.reduction.faults.size(), 1); part > 0;
         part /= 2) {
      for (std::size_t from = 0; from < job_.reduction.faults.size();) {
        Job smaller = job_;
        auto& faults = smaller.reduction.faults;
        const auto begin = faults.begin() + static_cast<std::ptrdiff_t>(from);
        const auto length = std::min(part, faults.size() - from);
        faults.erase(begin, begin + static_cast<std::ptrdiff_t>(length));
        if (!take_if_it_fails(smaller)) from += part;
      }
    }
  }

  void leave_out_reports() {
    while (true) {
      Job smaller = job_;
      smaller.reduction.most_reports = make_plan(job_.seed, job_.reduction).reports - 1;
      if (smaller.reduction.most_reports < 1 || !take_if_it_fails(smaller)) return;
    }
  }

  Job job_;
  std::string kind_;  // of the violation that is to stay
  const std::function<void(const Job&)>& tell_;
  int tries_ = 0;
};

template <class Values>
std::string joined(const Values& values) {
  std::string text;
  for (const auto& value : values) {
    if (!text.empty()) text += ",";
    if constexpr (std::is_convertible_v<decltype(value), std::string>) {
      text += value;
    } else {
      text += std::to_string(value);
    }
  }
  return text;
}

}  // namespace

Job shrink(const Job& job, const std::function<void(const Job& smaller)>& tell) {
  return Shrinking(job, tell).run();
}

std::string command_of(const Job& job) {
  std::string command = "simulate --seed " + std::to_string(job.seed);
  const Reduction& reduction = job.reduction;
  if (!reduction.actors.empty()) command += " --without " + joined(reduction.actors);
  if (!reduction.all_faults) {
    command += " --faults " + (reduction.faults.empty() ? "none" : joined(reduction.faults));
  }
  if (reduction.most_reports < Reduction{}.most_reports) {
    command += " --reports " + std::to_string(reduction.most_reports);
  }
  return command;
}

}  // namespace signalbox::simulation
