#include "lock/lock_owner.h"

#include <gtest/gtest.h>

#include "base/time.h"

namespace signalbox {
namespace {

TEST(LockText, of_ours_names_this_process_and_of_a_script_its_pid) {
  const std::string ours = format_lock("publish", UtcTime{});
  EXPECT_TRUE(parse_lock(ours).is_ours());
  EXPECT_EQ(parse_lock(ours).pid, os::process_id());
  EXPECT_EQ(parse_lock("26141\n").pid, 26141);
  EXPECT_FALSE(parse_lock("26141\n").is_ours());
}

TEST(LockText, that_was_cut_off_names_nobody) {
  const std::string ours = format_lock("publish", UtcTime{});
  const std::size_t pid_line = ours.find('\n') + 1;
  for (std::size_t length = 0; length < ours.size(); ++length) {
    const LockText text = parse_lock(ours.substr(0, length));
    if (length == pid_line) continue;  // as a script's, and the PID is whole
    const bool lacks_only_namespaces = text.is_ours() && text.namespaces.empty();
    EXPECT_TRUE(text.pid == 0 || lacks_only_namespaces) << length;
  }
  EXPECT_EQ(parse_lock("261").pid, 0);
  EXPECT_EQ(parse_lock(std::string("26141\nhos\0\0\0\0", 13)).pid, 0);
}

}  // namespace
}  // namespace signalbox
