// Lock files: ours, the predecessor's, git's, and what they are not.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "lock/lock_owner.h"
#include "lock/publisher_lock.h"
#include "target.h"

namespace signalbox::fuzz {
namespace {

void locks(std::string_view bytes) {
  const LockText lock = parse_lock(bytes);
  require(lock.pid >= 0);
  require(!lock.is_ours() || lock.pid > 0);
  const std::array texts{&lock.host,      &lock.boot_id, &lock.start_time,
                         &lock.operation, &lock.since,   &lock.namespaces};
  for (const std::string* text : texts) {
    require(text->find('\n') == std::string::npos && printable(*text, text->size()) == *text);
  }
  const bool is_plain = std::ranges::all_of(texts, [](const std::string* text) {
    return text->size() <= 40 && trimmed(*text) == *text;  // as every writer's are
  });
  if (lock.is_ours() && is_plain) {
    std::string written = std::to_string(lock.pid) + "\n";
    for (const std::string* text : texts) written += *text + "\n";
    const LockText again = parse_lock(written);
    require(again.pid == lock.pid && again.host == lock.host && again.boot_id == lock.boot_id &&
            again.start_time == lock.start_time && again.operation == lock.operation &&
            again.since == lock.since && again.namespaces == lock.namespaces);
  }
  (void)owner_life(lock);
  (void)describe(LockHolder{.pid = lock.pid,
                            .host = lock.host,
                            .operation = lock.operation,
                            .since = lock.since,
                            .path = "lock"});
}

const Target target("locks", locks);

}  // namespace
}  // namespace signalbox::fuzz
