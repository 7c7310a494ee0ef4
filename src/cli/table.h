// Tables for a terminal: aligned by what is seen (not by bytes), within its width, coloured only
// where somebody looks.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"

namespace signalbox::cli {

struct Cell {
  std::string text;
  const char* colour = "";  // an escape sequence, or nothing
};

// The first row is the header. A column that does not fit is cut, the widest first.
[[nodiscard]] std::string format_table(const std::vector<std::vector<Cell>>& rows,
                                       std::size_t width, bool coloured);

[[nodiscard]] std::size_t terminal_width();  // columns; 80 when unknown, no limit for a pipe
[[nodiscard]] bool colours_wanted();         // a terminal, and no $NO_COLOR

[[nodiscard]] const char* colour_of(const std::string& status);
// "12 s", "5 min", "3 h", "2 d"
[[nodiscard]] std::string age(std::chrono::milliseconds time);

}  // namespace signalbox::cli
