// Builds the real operating system's objects and calls the command. Each command declares its own
// options, so that `report` pays for no other.
#include <sys/stat.h>

#include <csignal>
#include <map>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/help.h"

int main(int argc, char** argv) {
  using namespace signalbox;
  // A reader that goes away (`signalbox status | head`), a closed pipe of git or a job's limit on
  // file sizes is an error value, not the end of a publisher or a report.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  // What we make, we must be able to use: under a umask that takes rights from its own user, one
  // report would leave directories that the next one cannot enter.
  ::umask(::umask(0) & ~static_cast<mode_t>(S_IRWXU));
  cli::Environment environment{os::real_file_system(), os::real_clock()};
  const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  return cli::run(environment, arguments);
}
