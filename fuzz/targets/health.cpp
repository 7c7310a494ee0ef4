// What other clones say of themselves.
#include "publish/health.h"

#include "base/text.h"
#include "target.h"

namespace signalbox::fuzz {
namespace {

void health(std::string_view bytes) {
  constexpr std::string_view clone = "0123456789abcdef";
  const auto record = parse_health(clone, bytes);
  (void)parse_health(bytes, "{}");
  if (!record) return;
  for (const std::string* text : {&record->host, &record->version, &record->last_error}) {
    require(printable(*text, text->size()) == *text);
  }
  require(record->sync_period.count() >= 0 && record->interval.count() >= 0);
  const auto again = parse_health(clone, format_health(*record));
  require(again && *again == *record && !says_more(*record, *again));
}

const Target target("health", health);

}  // namespace
}  // namespace signalbox::fuzz
