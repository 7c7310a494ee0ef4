#include "site/text.h"

#include <gtest/gtest.h>

namespace signalbox::site {
namespace {

TEST(Html, escapes_what_begins_or_ends_anything) {
  EXPECT_EQ(html("<a href=\"x\" b='y'>&"), "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;");
  EXPECT_EQ(html("Grüße 😀"), "Grüße 😀");
}

TEST(Html, leaves_out_what_xml_cannot_write) {
  EXPECT_EQ(html(std::string("a\x01\x1b\0b", 5)), "ab");
  EXPECT_EQ(html("a\xEF\xBF\xBF"), "a");
  EXPECT_EQ(html("\xff"), "\xEF\xBF\xBD");
}

TEST(ScriptSafe, ends_no_script_and_is_ascii) {
  EXPECT_EQ(script_safe("\"</script><!--&\""), R"("\u003c/script\u003e\u003c!--\u0026")");
  EXPECT_EQ(script_safe("\"ü\u2028\""), R"("\u00fc\u2028")");
  EXPECT_EQ(script_safe("\"😀\""), R"("\ud83d\ude00")");
}

TEST(ScriptSafe, means_the_same) {
  const Json value = {{"text", "</script> \u2028 😀 & \" \\ \n"}};
  EXPECT_EQ(*parse_json(script_safe(to_line(value))), value);
}

TEST(Shard, is_a_call_with_its_path) {
  EXPECT_EQ(shard("data/days.js", "{}"), "signalboxShard(\"data/days.js\", {});\n");
}

}  // namespace
}  // namespace signalbox::site
