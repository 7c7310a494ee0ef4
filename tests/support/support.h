// What the C++ tests share.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"

namespace signalbox::testing {

// A fresh directory, removed with all it holds when destroyed.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Runs a program (not a shell) and returns its stdout; the test fails when it does not exit with 0.
std::string run_ok(const std::vector<std::string>& arguments, const std::string& directory = {});

// `git` with an identity and without the user's or the system's configuration.
std::string git(const std::string& directory, std::vector<std::string> arguments);

void write_file(const std::string& path, const std::string& bytes);
std::string read_file(const std::string& path);

}  // namespace signalbox::testing
