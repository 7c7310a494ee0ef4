// The rules that a check decides, and what it found: of each rule how much was looked at, how often
// it was broken, and the first place.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verify/packed_id.h"

namespace signalbox {

enum class Rule {
  Acknowledged,  // the writers acknowledged something, and no id twice
  Moved,         // a publisher committed something to the branch
  Published,     // every acknowledged event is in the branch's history, as it was acknowledged
  Once,          // no event is there twice, or where a publisher would not look for it
  Newest,        // each job's view shows its newest event
  Forward,       // no job's view ever went back to an older event
  Owned,         // no commit of Signalbox changed or lost what is not its own
  NoForcePush,   // every commit that the branch was seen at is still in it
  NoStash,       // nobody's work was stashed away
  Linear,        // no commit of Signalbox is a merge
};
inline constexpr std::size_t number_of_rules = 10;

struct Violation {
  std::string what;
  std::string commit, path, event;  // where known
};

struct Finding {
  std::size_t checked = 0;
  std::size_t violations = 0;
  std::optional<Violation> first;
};

class Findings {
 public:
  [[nodiscard]] const Finding& of(Rule rule) const { return all_[index(rule)]; }
  void checked(Rule rule, std::size_t count = 1) { all_[index(rule)].checked += count; }

  // Found in the order of the events or of the commits.
  void violated(Rule rule, Violation violation) {
    Finding& finding = all_[index(rule)];
    ++finding.violations;
    if (!finding.first) finding.first = std::move(violation);
  }
  // Found while walking back: what comes later was first.
  void violated_earlier(Rule rule, Violation violation) {
    Finding& finding = all_[index(rule)];
    ++finding.violations;
    finding.first = std::move(violation);
  }

 private:
  static std::size_t index(Rule rule) { return static_cast<std::size_t>(rule); }
  std::array<Finding, number_of_rules> all_;
};

// A doubt about a view that an end of a run dispels: an end of a run that a caller named shadows
// the reports of that run that are no ends, whatever their clocks say (docs/formats/view.md). Views
// and their past raise doubts; the events of the branch then say which runs have ended.
class Doubts {
 public:
  static constexpr PackedId any_end{.clock = ~0ULL, .host = ~0U, .random = ~0ULL};

  // `latest_end`: only an end up to this one explains it; a later one would itself be shown.
  void raise(Rule rule, std::string_view job, std::uint64_t run, Violation violation,
             const PackedId& latest_end) {
    auto& doubts = by_run_[key(job, run)];
    const auto [known, added] = doubts.try_emplace(rule, Doubt{latest_end, violation});
    if (!added && latest_end <= known->second.latest_end) {
      known->second = {latest_end, std::move(violation)};
    }
  }
  [[nodiscard]] bool empty() const { return by_run_.empty(); }
  void run_ended(std::string_view job, std::uint64_t run, const PackedId& end) {
    if (by_run_.empty()) return;
    const auto found = by_run_.find(key(job, run));
    if (found == by_run_.end()) return;
    std::erase_if(found->second, [&](const auto& each) { return end <= each.second.latest_end; });
    if (found->second.empty()) by_run_.erase(found);
  }
  // What is left: those runs have no end, or none that explains it.
  void settle(Findings& findings) {
    for (auto& [run, doubts] : by_run_) {
      for (auto& [rule, doubt] : doubts) findings.violated(rule, std::move(doubt.violation));
    }
    by_run_.clear();
  }

 private:
  // Of several of one rule and run the one that is hardest to explain.
  struct Doubt {
    PackedId latest_end;
    Violation violation;
  };
  using Key = std::pair<std::string, std::uint64_t>;
  static Key key(std::string_view job, std::uint64_t run) { return {std::string(job), run}; }
  std::map<Key, std::map<Rule, Doubt>> by_run_;
};

}  // namespace signalbox
