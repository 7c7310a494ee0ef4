// Tables and paragraphs for a terminal: aligned by what is seen (not by bytes), within its width,
// coloured only where somebody looks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/age.h"
#include "base/time.h"

namespace signalbox::cli {

struct Cell {
  std::string text;
  const char* colour = "";  // an escape sequence, or nothing
  bool may_be_cut = false;  // in a header: of its column
};

// The first row is the header. Cells are shown printable (base/text.h). Where the terminal is too
// narrow, columns that may be cut are, the widest first.
[[nodiscard]] std::string format_table(const std::vector<std::vector<Cell>>& rows,
                                       std::size_t width, bool coloured);

// A paragraph of lines of at most `width` columns, of which all but the first begin with `indent`
// spaces; the first has so many columns before it. Breaks at spaces only: a word that is too long
// for a line, a command's path, stays whole, to be copied. Ends with a newline.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t width, std::size_t indent);

[[nodiscard]] std::size_t terminal_width();  // columns; 80 when unknown, no limit for a pipe
[[nodiscard]] bool colours_wanted();         // a terminal, and no $NO_COLOR

[[nodiscard]] const char* colour_of(const std::string& status);

}  // namespace signalbox::cli
