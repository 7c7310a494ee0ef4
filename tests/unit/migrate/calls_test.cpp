#include "migrate/calls.h"

#include <gtest/gtest.h>

namespace signalbox {
namespace {

std::vector<std::string> found(std::string_view line) {
  std::vector<std::string> what;
  for (const Call& call : find_calls(line)) what.push_back(call.what);
  return what;
}

using Words = std::vector<std::string>;

TEST(Calls, are_found_by_the_whole_name_of_a_script) {
  EXPECT_EQ(found("~/m/scripts/failsafe_git_update.sh ~/m a running"),
            Words{"failsafe_git_update.sh"});
  EXPECT_EQ(found("sbatch 'scripts/slurm_dashboard_sync_safe.sh'"),
            Words{"slurm_dashboard_sync_safe.sh"});
  EXPECT_EQ(found("SCRIPT=\"$HOME/m/scripts/update_job_status.sh\""),
            Words{"update_job_status.sh"});
  EXPECT_EQ(found("system(\"bash /m/scripts/collect_logs.sh /m p /logs\")"),
            Words{"collect_logs.sh"});
  EXPECT_EQ(found("my_update_job_status.sh a; update_job_status.sh.old b"), Words{});
  EXPECT_EQ(found("x=1 # update_job_status.sh"), Words{});
}

TEST(Calls, of_git_that_take_away_or_overwrite_are_dangerous) {
  for (const char* line :
       {"git stash", "git stash push -u", "/usr/bin/git -C \"$A B\" stash pop", "git -c a=b stash",
        "if ! git stash; then", "x=$(git stash)", "ssh host 'cd m && git stash'",
        "subprocess.run(['git', 'stash'])", "cd m;git stash>/dev/null 2>&1"}) {
    EXPECT_EQ(found(line), Words{"git stash"}) << line;
  }
  for (const char* line : {"git push -f", "git push --force origin main", "git push origin +main",
                           "git push -qf", "git push --force-with-lease"}) {
    EXPECT_EQ(found(line), Words{"git push --force"}) << line;
  }
  for (const char* line : {"git add data/", "git add .", "git add -A", "git add \"$M/data/status\"",
                           "git add data/status/*.json"}) {
    EXPECT_EQ(found(line), Words{"git add data/"}) << line;
  }
  EXPECT_EQ(found("git reset -q --hard origin/main"), Words{"git reset --hard"});
  EXPECT_EQ(found("git commit -qam x"), Words{"git commit -a"});
  EXPECT_EQ(found("git clean -fd"), Words{"git clean"});
  EXPECT_EQ(found("git checkout -- data/status"), Words{"git checkout -- data/"});
  EXPECT_EQ(found("rm -f .git/dashboard_sync.lock"), Words{"rm .git/*.lock"});
  EXPECT_EQ(found("git add data/ && git push -f"), (Words{"git add data/", "git push --force"}));
}

TEST(Calls, of_git_that_harm_nobody_are_not_named) {
  for (const char* line :
       {"git stash list", "git reset HEAD x", "git push origin main", "git add data/status/a.json",
        "git commit -m 'add all'", "git fetch --all", "git checkout main", "# git stash",
        "echo \"git push --force\"", "printf 'git stash\\n'", "digit stash", "git --version", "git",
        "git -C", "rm -f /tmp/x.lock", ""}) {
    EXPECT_EQ(found(line), Words{}) << line;
  }
}

TEST(Calls, that_write_into_the_status_directory_are_found_and_readers_are_not) {
  for (const char* line :
       {"echo '{}' > data/status/a.json", "cat >\"$M/data/status/$JOB.json\" <<EOF",
        "echo x >> $M/data/status/a.json", "jq . x | tee data/status/a.json",
        "mv tmp data/status/a.json", "sed -i s/a/b/ data/status/a.json",
        "FILE=\"$M/data/status/$JOB.json\"",
        "with open(f'{m}/data/status/a.json', 'w') as f:", "write_json(x, 'data/status/a.json')"}) {
    EXPECT_EQ(found(line), Words{"data/status"}) << line;
  }
  for (const char* line : {"cat data/status/a.json", "cat data/status/a.json > /tmp/copy",
                           "ls data/status 2>/dev/null", "# > data/status/a.json"}) {
    EXPECT_EQ(found(line), Words{}) << line;
  }
}

TEST(Calls, have_their_line_and_say_each_thing_once_a_line) {
  const auto calls =
      find_calls("#!/bin/sh\n\ngit stash; git stash\r\n  update_job_status.sh a b\n");
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_EQ(calls[0].line, 3U);
  EXPECT_EQ(calls[0].kind, CallKind::Dangerous);
  EXPECT_FALSE(calls[0].why.empty());
  EXPECT_EQ(calls[1].line, 4U);
  EXPECT_EQ(calls[1].text, "update_job_status.sh a b");
}

TEST(Calls, in_any_bytes_are_looked_for_without_harm) {
  for (const std::string& text :
       {std::string("\"\"\"'''\\"), std::string("((((\xff\xfe\"git stash"),
        std::string(100'000, '('), std::string("git \"") + std::string(100'000, ' ')}) {
    EXPECT_LE(find_calls(text).size(), 1U);
  }
}

}  // namespace
}  // namespace signalbox
