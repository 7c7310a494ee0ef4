#include "cli/table.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

#include "base/text.h"
#include "cli/command.h"
#include "os/host.h"

namespace signalbox::cli {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t cell_limit = 4096;  // bytes
constexpr std::size_t narrowest = 4;
constexpr const char* reset = "\x1b[0m";

// Code points, which is columns for the letters that job names and messages are mostly made of.
std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string cut(const std::string& text, std::size_t columns) {
  if (columns_of(text) <= columns) return text;
  std::string kept;
  std::size_t used = 0;
  for (const char c : text) {
    const bool starts = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    if (starts && ++used == columns) break;
    kept += c;
  }
  return kept + "~";
}

std::vector<std::size_t> column_widths(const std::vector<std::vector<Cell>>& rows,
                                       std::size_t width) {
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], columns_of(row[i].text));
    }
  }
  const auto total = [&] {
    std::size_t sum = gap * (widths.size() - 1);
    for (const std::size_t one : widths) sum += one;
    return sum;
  };
  const auto cuttable = [&](std::size_t i) {
    return rows.front()[i].may_be_cut ? widths[i] : std::size_t{0};
  };
  while (total() > width) {
    std::size_t widest = 0;
    for (std::size_t i = 1; i < widths.size(); ++i) {
      if (cuttable(i) > cuttable(widest)) widest = i;
    }
    if (cuttable(widest) <= narrowest) break;
    --widths[widest];
  }
  return widths;
}

}  // namespace

std::string format_table(const std::vector<std::vector<Cell>>& rows, std::size_t width,
                         bool coloured) {
  if (rows.empty()) return {};
  std::vector<std::vector<Cell>> shown = rows;
  for (auto& row : shown) {
    for (Cell& cell : row) cell.text = printable(cell.text, cell_limit);
  }
  const auto widths = column_widths(shown, width);
  std::string out;
  for (const auto& row : shown) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string text = cut(row[i].text, widths[i]);
      const bool colour = coloured && *row[i].colour != '\0';
      line += colour ? row[i].colour + text + reset : text;
      if (i + 1 < row.size()) line += std::string(widths[i] - columns_of(text) + gap, ' ');
    }
    while (line.ends_with(' ')) line.pop_back();
    out += line + "\n";
  }
  return out;
}

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  std::string out;
  std::size_t used = 0;
  while (!text.empty()) {
    const auto end = text.find(' ');
    const std::string_view word = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    const std::size_t columns = columns_of(word);
    if (used > 0 && indent + used + 1 + columns > width) {
      out += "\n" + std::string(indent, ' ');
      used = 0;
    } else if (used > 0) {
      out += ' ';
      ++used;
    }
    out += word;
    used += columns;
  }
  return out + "\n";
}

std::size_t terminal_width() {
  if (!is_terminal_output()) return std::numeric_limits<std::size_t>::max();
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

bool colours_wanted() {
  return is_terminal_output() && !os::environment("NO_COLOR");
}

const char* colour_of(const std::string& status) {
  if (status == "completed") return "\x1b[32m";
  if (status == "failed" || status == "timeout") return "\x1b[31m";
  if (status == "cancelled") return "\x1b[35m";
  if (status == "running") return "\x1b[36m";
  return "\x1b[33m";
}

}  // namespace signalbox::cli
