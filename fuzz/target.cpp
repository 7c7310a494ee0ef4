#include "target.h"

#include <cstdio>
#include <cstdlib>

namespace signalbox::fuzz {
namespace {

std::vector<const Target*>& registered() {
  static std::vector<const Target*> all;
  return all;
}

}  // namespace

Target::Target(std::string_view its_name, Run its_run) : name(its_name), run(its_run) {
  registered().push_back(this);
}

const std::vector<const Target*>& targets() {
  return registered();
}

void require(bool holds, const std::source_location& where) {
  if (holds) return;
  std::fprintf(stderr, "%s:%u: a property does not hold\n", where.file_name(), where.line());
  std::abort();
}

}  // namespace signalbox::fuzz
