// Builds the real operating system's objects and calls the command. Each command declares its own
// options, so that `report` pays for no other.
#include <algorithm>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/help.h"
#include "os/inheritance.h"

int main(int argc, char** argv) {
  using namespace signalbox;
  os::adapt_process();
  cli::Environment environment{os::real_file_system(), os::real_clock()};
  const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  return cli::run(environment, arguments);
}
