#include "schedule/posix_rule.h"

#include <cctype>

namespace signalbox::posix {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Reads from the front of a text; after the first thing that does not fit, nothing fits.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool take(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char c) { good_ = take(c) && good_; }

  int number(int least, int most) {
    int value = 0;
    std::size_t digits = 0;
    while (digits < text_.size() && digits < 4 && std::isdigit(byte(digits)) != 0) {
      value = value * 10 + (text_[digits++] - '0');
    }
    good_ = good_ && digits > 0 && value >= least && value <= most;
    text_.remove_prefix(digits);
    return value;
  }

  // "CEST" or "<+0330>"
  void name() {
    std::size_t length = 0;
    if (take('<')) {
      length = text_.find('>');
      good_ = good_ && length != std::string_view::npos;
      if (good_) text_.remove_prefix(length + 1);
      return;
    }
    while (length < text_.size() && std::isalpha(byte(length)) != 0) ++length;
    good_ = good_ && length >= 3;
    text_.remove_prefix(length);
  }

  // "[+-]hh[:mm[:ss]]"
  seconds time(int most_hours) {
    const bool negative = take('-');
    if (!negative) (void)take('+');
    seconds sum = hours{number(0, most_hours)};
    if (take(':')) sum += minutes{number(0, 59)};
    if (take(':')) sum += seconds{number(0, 59)};
    return negative ? -sum : sum;
  }

  Date date() {
    Date date;
    if (take('M')) {
      date.form = Date::Form::WeekdayOfMonth;
      date.month = number(1, 12);
      expect('.');
      date.week = number(1, 5);
      expect('.');
      date.day = number(0, 6);
    } else if (take('J')) {
      date.day = number(1, 365);
    } else {
      date.form = Date::Form::DayOfYear;
      date.day = number(0, 365);
    }
    constexpr int a_week = 167;  // hours: beyond POSIX, as RFC 8536 allows
    if (take('/')) date.time = time(a_week);
    return date;
  }

  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool at_end() const { return text_.empty(); }
  [[nodiscard]] bool at(char c) const { return !text_.empty() && text_.front() == c; }

 private:
  [[nodiscard]] unsigned char byte(std::size_t at) const {
    return static_cast<unsigned char>(text_[at]);
  }
  std::string_view text_;
  bool good_ = true;
};

constexpr int most_offset_hours = 24;

}  // namespace

std::optional<Rule> parse_rule(std::string_view text) {
  Scanner scanner(text);
  Rule rule;
  scanner.name();
  rule.standard = -scanner.time(most_offset_hours);
  if (!scanner.at_end()) {
    scanner.name();
    Rule::Summer summer{.offset = rule.standard + hours{1}};
    if (!scanner.at(',')) summer.offset = -scanner.time(most_offset_hours);
    scanner.expect(',');
    summer.begin = scanner.date();
    scanner.expect(',');
    summer.end = scanner.date();
    rule.summer = summer;
  }
  if (!scanner.good() || !scanner.at_end()) return std::nullopt;
  return rule;
}

std::chrono::local_seconds time_in(const Date& date, std::chrono::year year) {
  using namespace std::chrono;
  const local_days new_year{year / January / 1};
  switch (date.form) {
    case Date::Form::DayOfYear:
      return new_year + days{date.day} + date.time;
    case Date::Form::JulianDay: {  // 29 February is never counted
      constexpr int end_of_february = 59;
      const bool beyond = year.is_leap() && date.day > end_of_february;
      return new_year + days{date.day - (beyond ? 0 : 1)} + date.time;
    }
    default: {
      constexpr int last = 5;
      const month month_of_rule{static_cast<unsigned>(date.month)};
      const weekday day_of_week{static_cast<unsigned>(date.day)};
      const local_days day =
          date.week == last
              ? local_days{year / month_of_rule / day_of_week[std::chrono::last]}
              : local_days{year / month_of_rule / day_of_week[static_cast<unsigned>(date.week)]};
      return day + date.time;
    }
  }
}

}  // namespace signalbox::posix
