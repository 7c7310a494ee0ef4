#include "site/naming.h"

#include <gtest/gtest.h>

namespace signalbox::site {
namespace {

TEST(WebPage, is_known_of_forges) {
  EXPECT_EQ(web_page_of("https://github.com/lab/monitor.git"), "https://github.com/lab/monitor");
  EXPECT_EQ(web_page_of("git@github.com:lab/monitor.git"), "https://github.com/lab/monitor");
  EXPECT_EQ(web_page_of("ssh://git@gitlab.com:22/lab/sub/monitor/"),
            "https://gitlab.com/lab/sub/monitor");
}

TEST(WebPage, tells_no_password) {
  EXPECT_EQ(web_page_of("https://me:ghp_secret@github.com/lab/monitor"),
            "https://github.com/lab/monitor");
}

TEST(WebPage, is_empty_for_other_places) {
  for (const char* other : {"", "/srv/git/monitor.git", "https://example.org/monitor.git",
                            "git@cluster:monitor", "https://github.com", "https://github.com/a b",
                            "https://github.com/\"onload", "github.com"}) {
    EXPECT_EQ(web_page_of(other), "") << other;
  }
}

TEST(RepositoryName, is_the_last_part) {
  EXPECT_EQ(repository_name("git@github.com:lab/monitor.git"), "monitor");
  EXPECT_EQ(repository_name("cluster:monitor"), "monitor");
  EXPECT_EQ(repository_name("/home/me/my jobs/"), "my jobs");
}

TEST(BaseUrl, ends_with_a_slash) {
  EXPECT_EQ(*parse_base_url("https://lab.github.io/monitor"), "https://lab.github.io/monitor/");
  EXPECT_EQ(*parse_base_url("http://localhost:8000/"), "http://localhost:8000/");
}

TEST(BaseUrl, is_of_the_web) {
  for (const char* bad : {"", "javascript:alert(1)", "https://", "ftp://a/", "https://a/\"b",
                          "https://a/?b", "https://a/#b", "https://me:pw@a/", "https://a b/"}) {
    EXPECT_FALSE(parse_base_url(bad)) << bad;
  }
}

}  // namespace
}  // namespace signalbox::site
