#include "alerts/alert.h"

#include <array>
#include <tuple>

namespace signalbox {
namespace {

const char* word_of(Severity severity) {
  if (severity == Severity::High) return "high";
  return severity == Severity::Medium ? "medium" : "low";
}

}  // namespace

bool comes_before(const Alert& a, const Alert& b) {
  return std::tie(a.at, a.job, a.host, a.rule, a.until, a.text) <
         std::tie(b.at, b.job, b.host, b.rule, b.until, b.text);
}

Json json_of(const Alert& alert) {
  Json object = Json::object();
  if (!alert.job.empty()) object["job"] = alert.job;
  if (!alert.host.empty()) object["host"] = alert.host;
  object["rule"] = alert.rule;
  object["severity"] = word_of(alert.severity);
  object["at"] = format_milliseconds(alert.at);
  if (alert.until) object["until"] = format_milliseconds(*alert.until);
  object["text"] = alert.text;
  object["advice"] = alert.advice;
  if (!alert.muted_by.empty()) object["muted_by"] = alert.muted_by;
  return object;
}

std::string text_of(std::chrono::seconds duration) {
  struct Unit {
    std::int64_t seconds;
    char letter;
  };
  constexpr std::array<Unit, 4> units{{{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}}};
  std::string text;
  std::int64_t rest = duration.count();
  for (const Unit& unit : units) {
    if (rest < unit.seconds) continue;
    text += (text.empty() ? "" : " ") + std::to_string(rest / unit.seconds) + unit.letter;
    rest %= unit.seconds;
  }
  return text.empty() ? "0s" : text;
}

}  // namespace signalbox
