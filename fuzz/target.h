// A fuzz target: bytes that somebody else wrote go into the parsers of one family, and what must
// hold of the results whatever the bytes are is required.
//
//   void events(std::string_view bytes) { ... require(again == event); }
//   const Target target("events", events);
//
// Registered by its name, which is that of its corpus too. Targets may keep nothing between two
// inputs, write no file and run no program.
#pragma once

#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace signalbox::fuzz {

struct Target {
  using Run = void (*)(std::string_view bytes);
  Target(std::string_view its_name, Run its_run);
  std::string_view name;
  Run run;
};

// Those that this program was linked with.
[[nodiscard]] const std::vector<const Target*>& targets();

// Aborts, and says where, when a property does not hold: that is what a fuzzer looks for.
void require(bool holds, const std::source_location& where = std::source_location::current());

}  // namespace signalbox::fuzz
