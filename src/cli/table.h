// Tables for a terminal: aligned by what is seen (not by bytes), within its width, coloured only
// where somebody looks.
#pragma once

#include <string>
#include <vector>

#include "base/age.h"
#include "base/time.h"

namespace signalbox::cli {

struct Cell {
  std::string text;
  const char* colour = "";  // an escape sequence, or nothing
  bool may_be_cut = false;  // in a header: of its column
};

// The first row is the header. Where the terminal is too narrow, columns that may be cut are, the
// widest first.
[[nodiscard]] std::string format_table(const std::vector<std::vector<Cell>>& rows,
                                       std::size_t width, bool coloured);

[[nodiscard]] std::size_t terminal_width();  // columns; 80 when unknown, no limit for a pipe
[[nodiscard]] bool colours_wanted();         // a terminal, and no $NO_COLOR

[[nodiscard]] const char* colour_of(const std::string& status);

}  // namespace signalbox::cli
