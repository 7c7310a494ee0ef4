// Lock files: ours, the predecessor's, git's, and what they are not.
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
  for (const std::string* text : {&lock.host, &lock.boot_id, &lock.start_time, &lock.operation,
                                  &lock.since, &lock.namespaces}) {
    require(text->find('\n') == std::string::npos && printable(*text, text->size()) == *text);
  }
  const LockText again = parse_lock(std::to_string(lock.pid) + "\n" + lock.host + "\n" +
                                    lock.boot_id + "\n" + lock.start_time + "\n" + lock.operation +
                                    "\n" + lock.since + "\n" + lock.namespaces + "\n");
  require(!lock.is_ours() || (again.pid == lock.pid && again.host == lock.host &&
                              again.boot_id == lock.boot_id && again.since == lock.since));
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
