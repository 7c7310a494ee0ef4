#include "schedule/time_zone.h"

#include <algorithm>
#include <cstdint>

#include "schedule/posix_rule.h"

namespace signalbox {
namespace {

using std::chrono::local_seconds;
using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr std::size_t most_changes = 10'000;
constexpr std::int64_t widest_offset = 26LL * 3600;
// Years for which the rule of a zone is laid out. What comes after them has the last offset.
constexpr int last_year = 2200;

std::unexpected<Error> no_zone() {
  return fail(ErrorKind::Corrupt, "the bytes are no time zone (TZif, version 2)");
}

}  // namespace

bool is_zone_name(std::string_view name) {
  constexpr std::size_t longest = 100;
  if (name.empty() || name.size() > longest || name.front() == '/' || name.back() == '/') {
    return false;
  }
  if (name.find("..") != std::string_view::npos) return false;
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '+' || c == '-';
  });
}

// A file is a header and data for readers of 32 bits, then the same in 64 bits, then the rule:
//   "TZif" version 15 unused bytes, counts of: UT flags, standard flags, leap seconds,
//   changes, types, characters of names
//   changes x 8 bytes when, changes x 1 byte type, types x (offset 4, summer 1, name 1), the rest
struct TimeZone::Reader {
  std::string_view bytes;
  std::size_t at = 0;

  struct Header {
    std::size_t ut_flags, standard_flags, leap_seconds, changes, types, characters;
    [[nodiscard]] std::size_t size(std::size_t width) const {
      return changes * (width + 1) + types * 6 + characters + leap_seconds * (width + 4) +
             standard_flags + ut_flags;
    }
  };

  [[nodiscard]] bool has(std::size_t count) const { return count <= bytes.size() - at; }

  std::int64_t number(std::size_t width) {
    std::uint64_t value = 0;
    const bool negative = (static_cast<unsigned char>(bytes[at]) & 0x80U) != 0;
    if (negative) value = ~std::uint64_t{0};
    for (std::size_t i = 0; i < width; ++i) {
      value = value << 8U | static_cast<unsigned char>(bytes[at++]);
    }
    return static_cast<std::int64_t>(value);
  }

  std::optional<Header> header() {
    constexpr std::size_t before_counts = 20;
    constexpr std::size_t whole = 44;
    if (!has(whole) || bytes.substr(at, 4) != "TZif" || bytes[at + 4] < '2') return std::nullopt;
    at += before_counts;
    std::size_t counts[6];
    for (std::size_t& count : counts) {
      const auto value = number(4);
      if (value < 0 || value > static_cast<std::int64_t>(most_changes)) return std::nullopt;
      count = static_cast<std::size_t>(value);
    }
    return Header{counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]};
  }

  bool read_changes(const Header& header, TimeZone& zone) {
    if (header.types == 0 || !has(header.size(8))) return false;
    const std::size_t end = at + header.size(8);
    for (std::size_t i = 0; i < header.changes; ++i) {
      zone.changes_.push_back({sys_seconds{seconds{number(8)}}, {}});
    }
    const std::string_view type_of_change = bytes.substr(at, header.changes);
    at += header.changes;
    std::vector<seconds> offsets;
    for (std::size_t i = 0; i < header.types; ++i) {
      const auto offset = number(4);
      if (offset < -widest_offset || offset > widest_offset) return false;
      offsets.emplace_back(offset);
      at += 2;
    }
    zone.first_offset_ = offsets.front();
    for (std::size_t i = 0; i < header.changes; ++i) {
      const auto type = static_cast<unsigned char>(type_of_change[i]);
      if (type >= offsets.size()) return false;
      zone.changes_[i].offset = offsets[type];
    }
    at = end;
    return std::ranges::is_sorted(zone.changes_, std::less{}, &Change::at);
  }

  // What the rule says for the years after the last change of the list.
  static void add_rule(const posix::Rule& rule, TimeZone& zone) {
    using namespace std::chrono;
    if (!rule.summer) return;
    const sys_seconds last = zone.changes_.empty() ? sys_seconds{} : zone.changes_.back().at;
    const auto year_of = [](sys_seconds time) {
      return static_cast<int>(year_month_day{floor<days>(time)}.year());
    };
    constexpr days nobodys_clock{366 * 250};
    if (last < sys_seconds{} - nobodys_clock || last > sys_seconds{} + nobodys_clock) return;
    for (int year = year_of(last); year <= last_year; ++year) {
      const Change begin{
          sys_seconds{
              posix::time_in(rule.summer->begin, std::chrono::year{year}).time_since_epoch()} -
              rule.standard,
          rule.summer->offset};
      const Change end{
          sys_seconds{
              posix::time_in(rule.summer->end, std::chrono::year{year}).time_since_epoch()} -
              rule.summer->offset,
          rule.standard};
      for (const Change& change : {std::min(begin, end, by_time), std::max(begin, end, by_time)}) {
        if (change.at > last) zone.changes_.push_back(change);
      }
    }
  }

 private:
  static bool by_time(const Change& a, const Change& b) { return a.at < b.at; }
};

Result<TimeZone> TimeZone::parse(std::string_view tzif) {
  Reader reader{tzif};
  const auto narrow = reader.header();
  if (!narrow || !reader.has(narrow->size(4))) return no_zone();
  reader.at += narrow->size(4);
  const auto wide = reader.header();
  TimeZone zone;
  if (!wide || !reader.read_changes(*wide, zone)) return no_zone();
  std::string_view rest = tzif.substr(reader.at);
  if (!rest.starts_with('\n') || !rest.ends_with('\n') || rest.size() < 2) return no_zone();
  rest = rest.substr(1, rest.size() - 2);
  if (rest.empty()) return zone;
  const auto rule = posix::parse_rule(rest);
  if (!rule) return no_zone();
  Reader::add_rule(*rule, zone);
  return zone;
}

seconds TimeZone::offset_at(sys_seconds time) const {
  const auto after = std::ranges::upper_bound(changes_, time, std::less{}, &Change::at);
  return after == changes_.begin() ? first_offset_ : std::prev(after)->offset;
}

TimeZone::Instants TimeZone::instants_of(local_seconds time) const {
  const sys_seconds as_utc{time.time_since_epoch()};
  Instants instants;
  // Offsets are within a day, so only changes of the days around can matter.
  const auto near = as_utc - seconds{widest_offset};
  seconds before = offset_at(near);
  if (offset_at(as_utc - before) == before) instants.all.push_back(as_utc - before);
  for (auto change = std::ranges::upper_bound(changes_, near, std::less{}, &Change::at);
       change != changes_.end() && change->at <= as_utc + seconds{widest_offset}; ++change) {
    const sys_seconds instant = as_utc - change->offset;
    const bool is_new = std::ranges::find(instants.all, instant) == instants.all.end();
    if (is_new && offset_at(instant) == change->offset) instants.all.push_back(instant);
    // Local clocks leave at+before and arrive at at+offset: what is between is skipped.
    if (change->at + before <= as_utc && as_utc < change->at + change->offset) {
      instants.jump = change->at;
    }
    before = change->offset;
  }
  std::ranges::sort(instants.all);
  return instants;
}

bool TimeZone::is_steady(sys_seconds from, sys_seconds to) const {
  const auto next = std::ranges::upper_bound(changes_, from, std::less{}, &Change::at);
  return next == changes_.end() || next->at > to;
}

}  // namespace signalbox
