// Lines of the log, of us and of old scripts, and the collected ends of other programs' logs.
#include "base/text.h"
#include "details/tail.h"
#include "log/entry.h"
#include "target.h"

namespace signalbox::fuzz {
namespace {

void entries(std::string_view bytes) {
  // What old scripts wrote is an entry that is read back and known for ours.
  LogEntry entry = parse_foreign_line(bytes.substr(0, bytes.find('\n')), UtcTime{});
  entry.host = file_word(bytes);
  require(!entry.host.empty() && entry.host.front() != '.');
  require(is_rendered(render_log_entry(entry)));
  require(render_log_entry(entry).find('\n') == std::string::npos);
  require(parse_log_entry(format_log_entry(entry)).has_value());
  if (const auto parsed = parse_log_entry(bytes)) {
    const auto again = parse_log_entry(format_log_entry(*parsed));
    require(again && *again == *parsed);
  }
}

void tails(std::string_view bytes) {
  if (const auto text = readable_tail(bytes, false, 10, Masker())) {
    require(lines_of(*text).size() <= 10 && valid_utf8(*text) == *text);
    const auto tail = parse_tail(format_tail({.project = "p", .host = "h", .text = *text}));
    require(tail && tail->text == *text);
  }
  if (const auto tail = parse_tail(bytes)) (void)format_tail(*tail);
  const std::string path = tail_path(JobName::parse("p").value(), std::string(bytes.substr(0, 40)),
                                     std::string(bytes.substr(0, 80)));
  require(path.find("/.") == std::string::npos && path.find("//") == std::string::npos);
}

void logs(std::string_view bytes) {
  entries(bytes);
  tails(bytes);
}

const Target target("logs", logs);

}  // namespace
}  // namespace signalbox::fuzz
