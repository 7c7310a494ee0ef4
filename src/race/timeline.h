// What happened when, for a picture: of bounded size however long a race takes, because time is cut
// into columns that get wider.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "race/plan.h"

namespace signalbox {

class Timeline {
 public:
  static constexpr std::size_t most_columns = 240;
  static constexpr std::size_t most_spans = 4000;  // of each kind; the rest is counted

  using Time = std::chrono::milliseconds;  // since the start
  struct Span {
    Time begin{0}, end{0};
    std::size_t row = 0;  // a clone's number; of a fault its place in all_faults
    std::string text;
  };

  explicit Timeline(std::size_t writers) : columns_by_writer_(writers), counted_(writers) {}

  // `acknowledged` so far, by that writer.
  void note_writer(Time now, std::size_t writer, std::uint64_t acknowledged);
  void note_commit(Time now);  // the branch moved
  void note_lock(Span span) { add(locks_, std::move(span)); }
  void note_sync(Span span) { add(syncs_, std::move(span)); }
  void note_fault(Span span) { add(faults_, std::move(span)); }
  void end_at(Time now) { end_ = now; }

  [[nodiscard]] Time width() const { return width_; }  // of a column
  [[nodiscard]] Time end() const { return end_; }
  // By writer and column; shorter where the last columns are empty.
  [[nodiscard]] const std::vector<std::vector<std::uint32_t>>& writers() const {
    return columns_by_writer_;
  }
  [[nodiscard]] const std::vector<std::uint32_t>& commits() const { return commits_; }
  [[nodiscard]] const std::vector<Span>& locks() const { return locks_; }
  [[nodiscard]] const std::vector<Span>& syncs() const { return syncs_; }
  [[nodiscard]] const std::vector<Span>& faults() const { return faults_; }
  [[nodiscard]] std::size_t left_out() const { return left_out_; }

 private:
  std::size_t column_of(Time now);
  void widen();
  void add(std::vector<Span>& spans, Span span);

  Time width_{50};
  Time end_{0};
  std::vector<std::vector<std::uint32_t>> columns_by_writer_;
  std::vector<std::uint64_t> counted_;
  std::vector<std::uint32_t> commits_;
  std::vector<Span> locks_, syncs_, faults_;
  std::size_t left_out_ = 0;
};

}  // namespace signalbox
