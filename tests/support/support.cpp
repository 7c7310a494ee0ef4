#include "support/support.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "os/process.h"

namespace signalbox::testing {

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "signalbox-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) ADD_FAILURE() << "cannot make a temporary directory";
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string run_ok(const std::vector<std::string>& arguments, const std::string& directory) {
  const auto result = os::run({.arguments = arguments, .directory = directory});
  if (!result) {
    ADD_FAILURE() << describe(result.error());
    return {};
  }
  EXPECT_EQ(result->exit_status, 0) << arguments.front() << ": " << result->errors;
  return result->output;
}

std::string git(const std::string& directory, std::vector<std::string> arguments) {
  std::vector<std::string> command = {"env",
                                      "GIT_CONFIG_GLOBAL=/dev/null",
                                      "GIT_CONFIG_NOSYSTEM=1",
                                      "git",
                                      "-c",
                                      "user.name=Test",
                                      "-c",
                                      "user.email=test@example.org",
                                      "-c",
                                      "init.defaultBranch=main"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run_ok(command, directory);
}

void write_file(const std::string& path, const std::string& bytes) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace signalbox::testing
