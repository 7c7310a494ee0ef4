// What the command files share: where the repository is, how errors become words and exit codes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "clone/clone.h"
#include "os/clock.h"
#include "os/file_system.h"

namespace signalbox::cli {

struct Environment {
  os::FileSystem& fs;
  os::Clock& clock;
};

using Arguments = std::vector<std::string>;  // without the program and the command

// One per command, each in its own file. The result is the exit code.
int import(Environment& environment, const Arguments& arguments);
int init(Environment& environment, const Arguments& arguments);
int report(Environment& environment, const Arguments& arguments);
int migrate(Environment& environment, const Arguments& arguments);
int publish(Environment& environment, const Arguments& arguments);
int sync(Environment& environment, const Arguments& arguments);
int status(Environment& environment, const Arguments& arguments);
int history(Environment& environment, const Arguments& arguments);
int lock(Environment& environment, const Arguments& arguments);
int doctor(Environment& environment, const Arguments& arguments);
int log(Environment& environment, const Arguments& arguments);
int logs(Environment& environment, const Arguments& arguments);
int verify(Environment& environment, const Arguments& arguments);
int race(Environment& environment, const Arguments& arguments);
int slurm(Environment& environment, const Arguments& arguments);
int watch(Environment& environment, const Arguments& arguments);
int cron(Environment& environment, const Arguments& arguments);
int site_command(Environment& environment, const Arguments& arguments);   // `site`
int serve_command(Environment& environment, const Arguments& arguments);  // `serve`
int run_command(Environment& environment, const Arguments& arguments);    // `run`

// docs/manual/exit-codes.md lists these.
[[nodiscard]] int exit_code(ErrorKind kind);

// "error: ..." with a hint line on stderr.
void print_error(const Error& error);
void print_warning(const std::string& text);
void print(const std::string& text);  // on stdout, at once

// Where the caller says the repository is: `option` (-C), $SIGNALBOX_REPO, $MONITOR_PATH, the
// `repository` of the user's ~/.config/signalbox/config.toml; empty when nobody says.
[[nodiscard]] std::string asked_repository(Environment& environment, const std::string& option);

// The clone there, or else the one we stand in.
[[nodiscard]] Result<Clone> find_repository(Environment& environment, const std::string& asked);

// Asked once: of a child whose output goes through its parent (os/guarded_step.h), the parent's
// answer, when the parent asked before.
[[nodiscard]] bool is_terminal_output();  // stdout
[[nodiscard]] bool is_terminal_errors();  // stderr

// What goes on, on stderr, on a terminal only; gone when this ends. A counter takes its place from
// the second second on.
class ProgressLine {
 public:
  ProgressLine(os::Clock& clock, const std::string& now, std::string counted);
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine();
  void update(std::size_t done, std::size_t total);  // `total` 0: not known

 private:
  os::Clock& clock_;
  std::string what_;
  os::Clock::Duration started_;
  os::Clock::Duration shown_{0};
  bool visible_ = false;
};

}  // namespace signalbox::cli
