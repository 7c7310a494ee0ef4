// Runs every file of CORPUS/<target>/ through its target: what was found once stays mended.
//
//   fuzz_replay CORPUS
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "target.h"

namespace {

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: fuzz_replay CORPUS\n");
    return 2;
  }
  for (const auto* target : signalbox::fuzz::targets()) {
    const auto directory = std::filesystem::path(arguments[1]) / target->name;
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      // Said before, for the one that ends it.
      std::printf("%s\n", entry.path().c_str());
      std::fflush(stdout);
      target->run(bytes_of(entry.path()));
      ++files;
    }
    if (files == 0) {
      std::fprintf(stderr, "'%s' is empty\n", directory.c_str());
      return 1;
    }
  }
  return 0;
}
