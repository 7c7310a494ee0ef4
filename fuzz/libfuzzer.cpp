// Gives the one target of this program to libFuzzer.
#include <cstdint>

#include "target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  signalbox::fuzz::targets().front()->run({reinterpret_cast<const char*>(data), size});
  return 0;
}
