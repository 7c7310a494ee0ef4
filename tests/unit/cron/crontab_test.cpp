#include "cron/crontab.h"

#include <gtest/gtest.h>

namespace signalbox {
namespace {

const CronEntry entry{.mark = "# signalbox: mark", .line = "*/15 * * * * line"};

TEST(CronEntry, is_quoted_for_the_shell_and_for_cron) {
  const auto made = sync_entry("/home/o'neil/50% m", "/opt/s b/signalbox", true);
  ASSERT_TRUE(made);
  EXPECT_EQ(
      made->line,
      "*/15 * * * * cd '/home/o'\\''neil/50\\% m' && SIGNALBOX_BIN='/opt/s b/signalbox' sbatch "
      "scripts/slurm_dashboard_sync.sh >/dev/null");
  EXPECT_TRUE(made->mark.starts_with("# signalbox: syncs /home/o'neil/50% m; "));
  EXPECT_FALSE(sync_entry("/home/a\nb", "/signalbox", false));
}

TEST(CronEntry, goes_in_and_out_and_leaves_every_other_byte) {
  for (const std::string text : {"", "a\n", "# x\n\n\t\xff%\r\n", "*/15 * * * * line\n"}) {
    const std::string with = with_entry(text, entry);
    EXPECT_EQ(with, text + entry.mark + "\n" + entry.line + "\n");
    EXPECT_EQ(without_entry(with, entry, false), text);
    EXPECT_EQ(without_entry(with + "after\n", entry, false), text + "after\n");
  }
}

TEST(CronEntry, takes_the_newline_with_it_that_it_came_with) {
  const std::string with = with_entry("last line", entry);
  EXPECT_EQ(with, "last line\n" + entry.mark + "\n" + entry.line + "\n");
  EXPECT_EQ(without_entry(with, entry, true), "last line");
  EXPECT_EQ(without_entry(with + "after\n", entry, true), "last line\nafter\n");
}

TEST(CronEntry, stays_where_one_of_its_lines_is_not_as_it_was_installed) {
  for (const std::string text :
       {"# signalbox: mark\n", "# signalbox: mark\n*/5 * * * * line\n", "*/15 * * * * line\n",
        "x # signalbox: mark\n*/15 * * * * line\n", "# signalbox: mark\n*/15 * * * * line"}) {
    EXPECT_EQ(without_entry(text, entry, true), text);
  }
}

TEST(SyncLine, is_found_where_the_path_had_to_be_quoted) {
  for (const std::string worktree : {"/home/me/q'a", "/home/me/q%a", "/home/me/a b"}) {
    const auto installed = sync_entry(worktree, "/usr/bin/signalbox", false);
    ASSERT_TRUE(installed);
    EXPECT_EQ(find_sync_line(with_entry("", *installed), worktree, "/home/me"), installed->line);
  }
}

TEST(SyncLine, is_found_in_every_form_that_names_the_clone) {
  for (const std::string line :
       {"*/15 * * * * cd ~/m && sbatch scripts/slurm_dashboard_sync.sh",
        "*/15 * * * * cd $HOME/m && sbatch scripts/slurm_dashboard_sync_safe.sh",
        "0 * * * * ${HOME}/m/scripts/sync_dashboard_cron.sh",
        "0 * * * * /home/u/m/scripts/cluster_sync.sh",
        "@hourly signalbox sync -q -C '/home/u/m'"}) {
    EXPECT_EQ(find_sync_line("# x\n" + line + "\n", "/home/u/m", "/home/u"), line);
  }
  for (const std::string line : {"# */15 * * * * cd ~/m && sbatch scripts/slurm_dashboard_sync.sh",
                                 "*/15 * * * * cd ~/m2 && sbatch scripts/slurm_dashboard_sync.sh",
                                 "0 1 * * * cd ~/m && ls"}) {
    EXPECT_EQ(find_sync_line(line + "\n", "/home/u/m", "/home/u"), "") << line;
  }
}

}  // namespace
}  // namespace signalbox