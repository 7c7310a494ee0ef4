#include "scripts/scripts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "support/support.h"

namespace signalbox {
namespace {

namespace fs = std::filesystem;

const fs::path source = SIGNALBOX_SOURCE_DIRECTORY;

TEST(Scripts, are_carried_byte_for_byte) {
  std::set<std::string> files;
  for (const auto& entry : fs::directory_iterator(source / "scripts")) {
    files.insert(entry.path().filename());
  }
  std::set<std::string> carried;
  for (const Script& script : scripts()) {
    carried.emplace(script.name);
    EXPECT_EQ(script.text, testing::read_file(source / "scripts" / script.name)) << script.name;
  }
  EXPECT_EQ(carried, files);
  EXPECT_TRUE(std::ranges::is_sorted(scripts(), {}, &Script::name));
}

}  // namespace
}  // namespace signalbox
