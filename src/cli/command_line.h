// The options of one command. A narrow face over CLI11, which only command_line.cpp includes: its
// header builds a set of validators at every start of the program for each file that includes it,
// and `report` starts thousands of times a day.
//
// Each function declares an option and the variable that parse() writes; the variables must live
// until then. `names` as in "-C,--repository".
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace signalbox::cli {

class CommandLine {
 public:
  // `name` is the command's; `usage` what follows it: "[OPTIONS] JOB".
  CommandLine(const std::string& name, const std::string& usage, const std::string& summary,
              const std::string& footer);
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;
  ~CommandLine();

  enum class Need { Required, Optional };
  void positional(const std::string& name, std::string& value, Need need, const std::string& help);
  void positionals(const std::string& shown, std::vector<std::string>& values, int most,
                   const std::string& help);
  void text(const std::string& names, std::string& value, const std::string& help);
  void count(const std::string& names, std::size_t& value, const std::string& help);
  // Repeatable, one value each time.
  void list(const std::string& names, std::vector<std::string>& values, const std::string& help);
  void flag(const std::string& names, bool& value, const std::string& help);

  // An exit code when the command ends here: help, or wrong usage.
  [[nodiscard]] std::optional<int> parse(const std::vector<std::string>& arguments);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signalbox::cli
