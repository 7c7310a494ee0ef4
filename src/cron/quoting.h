// Text within a line of a crontab. Internal to this room.
#pragma once

#include <string>

namespace signalbox {

// In single quotes for a shell.
[[nodiscard]] inline std::string shell_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

// '%', which cron takes for a newline, escaped.
[[nodiscard]] inline std::string escaped_for_cron(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '%') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace signalbox
