#include "race/timeline.h"

#include <algorithm>
#include <utility>

namespace signalbox {
namespace {

void add_to(std::vector<std::uint32_t>& columns, std::size_t column, std::uint64_t count) {
  if (columns.size() <= column) columns.resize(column + 1);
  columns[column] += static_cast<std::uint32_t>(count);
}

void halve(std::vector<std::uint32_t>& columns) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::uint32_t count = std::exchange(columns[i], 0);
    columns[i / 2] += count;
  }
  columns.resize((columns.size() + 1) / 2);
}

}  // namespace

void Timeline::widen() {
  width_ *= 2;
  for (auto& columns : columns_by_writer_) halve(columns);
  halve(commits_);
}

std::size_t Timeline::column_of(Time now) {
  while (now / width_ >= static_cast<Time::rep>(most_columns)) widen();
  return static_cast<std::size_t>(std::max<Time::rep>(now / width_, 0));
}

void Timeline::note_writer(Time now, std::size_t writer, std::uint64_t acknowledged) {
  const std::uint64_t news = acknowledged - counted_[writer];
  if (news == 0) return;
  counted_[writer] = acknowledged;
  const std::size_t column = column_of(now);
  add_to(columns_by_writer_[writer], column, news);
}

void Timeline::note_commit(Time now) {
  const std::size_t column = column_of(now);
  add_to(commits_, column, 1);
}

void Timeline::add(std::vector<Span>& spans, Span span) {
  if (spans.size() < most_spans) {
    spans.push_back(std::move(span));
  } else {
    ++left_out_;
  }
}

}  // namespace signalbox
