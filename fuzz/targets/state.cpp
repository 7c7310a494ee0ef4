// Files of the clone's own directory, which a disk, a power cut or a person may have changed: the
// state, the resolved branch, jobs that are ahead, files of the spool and of the outbox.
#include "publish/state.h"

#include <algorithm>

#include "clone/target.h"
#include "files.h"
#include "intake/ahead.h"
#include "spool/outbox.h"
#include "spool/spool.h"
#include "target.h"

namespace signalbox::fuzz {
namespace {

constexpr UtcTime now{std::chrono::seconds{1'800'000'000}};

void publish_state(Files& files) {
  const PublishState state = read_state(files, "own");
  require(state.batch_limit >= 1 && state.batch_limit <= largest_batch);
  require(state.sync_period.count() >= 0 && state.sync_period <= longest_sync_period);
  // Whatever it says, a publisher waits for a bounded time.
  require(next_push(state, 1, false, now) - now <= std::chrono::minutes{1});
  require(hold_until(state, now) - now <= std::chrono::days{2});
  require(write_state(files, "own", state).has_value());
  require(read_state(files, "own") == state);
}

void caches(Files& files) {
  const Clone clone{.worktree = {}, .git_directory = "git", .common_directory = "git"};
  if (const auto target = cached_target(files, clone)) {
    // They become paths below refs/, and arguments of git.
    for (const std::string& name : {target->branch, target->remote}) {
      require(!name.starts_with('-') && !name.starts_with('/') && !name.contains(".."));
    }
    require(!target->branch.empty());
  }
  const JobName job = JobName::parse("job").value();
  const EventId ahead = newest_ahead(files, "own", job);
  require(note_ahead(files, "own", {}, now).has_value());
  require(newest_ahead(files, "own", job) <= ahead);
}

void spool(Files& files) {
  const Spool spool(files, "spool");
  const auto pending = spool.pending(10);
  require(pending && pending->events.size() + pending->damaged.size() <= 1);
  for (const Event& event : pending->events) require(!event.id.empty());
}

void outbox(Files& files) {
  const Outbox outbox(files, "outbox");
  const auto pending = outbox.pending(10);
  require(pending.has_value());
  for (const Outbox::Entry& entry : pending->entries) require(is_outbox_path(entry.path));
}

void state(std::string_view bytes) {
  Files files;
  const std::string id = "20250817T060000123-0000-5f2c91ab-0123456789ab";
  for (const std::string& path : {std::string("own/state.json"), std::string("own/ahead"),
                                  std::string("git/signalbox/branch"), "spool/" + id + ".event",
                                  "outbox/0123456789abcdef-" + id + ".file"}) {
    files.bytes[path] = bytes;
  }
  publish_state(files);
  caches(files);
  spool(files);
  outbox(files);
}

const Target target("state", state);

}  // namespace
}  // namespace signalbox::fuzz
