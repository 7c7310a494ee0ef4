#include "details/tail.h"

#include <algorithm>

#include "base/text.h"

namespace signalbox {
namespace {

constexpr std::string_view first_line = "# signalbox log 1";
constexpr std::size_t longest_name = 100;

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7F;
}

// Without terminal sequences (ESC [ ... letter) and other control characters; "\r\n" is a line's
// end.
std::string without_controls(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\x1b' && at + 1 < text.size() && text[at + 1] == '[') {
      at += 2;
      while (at < text.size() && (text[at] < '@' || text[at] > '~') && text[at] != '\n') ++at;
      if (at < text.size() && text[at] == '\n') plain += '\n';
    } else if (text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n') {
      continue;
    } else if (!is_control(text[at])) {
      plain += text[at];
    }
  }
  return plain;
}

// What a terminal shows of a line that was drawn over and over.
std::string_view last_drawn(std::string_view line) {
  while (line.ends_with('\r')) line.remove_suffix(1);
  const auto redrawn = line.rfind('\r');
  return redrawn == std::string_view::npos ? line : line.substr(redrawn + 1);
}

bool is_text(std::string_view bytes) {
  const auto controls = std::ranges::count_if(bytes, [](char c) {
    return is_control(c) && c != '\x1b' && c != '\b' && c != '\f' && c != '\a';
  });
  return !bytes.contains('\0') && static_cast<std::size_t>(controls) * 10 <= bytes.size();
}

std::string plain_name(std::string_view name) {
  std::string plain;
  for (const char c : name.substr(0, longest_name)) {
    const bool allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    plain += allowed ? c : '_';
  }
  if (plain.empty() || plain.front() == '.') plain.insert(0, "_");
  return plain;
}

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

Result<std::string> readable_tail(std::string_view bytes, bool whole, std::size_t lines,
                                  const Masker& masker) {
  if (!is_text(bytes)) return fail(ErrorKind::Corrupt, "it is no text");
  if (!whole) {
    // What is left of a line could be what is left of a secret.
    const auto end = bytes.find_first_of("\r\n");
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  }
  const std::string text = masker.masked(without_controls(valid_utf8(bytes)));
  const auto all = lines_of(text);
  std::string kept;
  for (std::size_t at = all.size() - std::min(lines, all.size()); at < all.size(); ++at) {
    kept += shortened(last_drawn(all[at]), log_line_limit) + '\n';
  }
  return kept;
}

std::string format_tail(const LogTail& tail) {
  std::string bytes = std::string(first_line) + "\n# project: " + tail.project +
                      "\n# host: " + printable(tail.host) +
                      "\n# source: " + printable(tail.source) + "\n";
  if (!tail.job.empty()) bytes += "# job: " + tail.job + "\n";
  bytes += "# written: " + format_seconds(tail.written) + "\n# size: " + std::to_string(tail.size) +
           "\n# lines: " + std::to_string(tail.lines) + "\n\n";
  return bytes + tail.text;
}

Result<LogTail> parse_tail(std::string_view bytes) {
  const auto header_end = bytes.find("\n\n");
  if (!bytes.starts_with(first_line) || header_end == std::string_view::npos) {
    return fail(ErrorKind::Corrupt, "it has no header of a collected log");
  }
  LogTail tail;
  for (const std::string_view line : lines_of(bytes.substr(0, header_end))) {
    const auto colon = line.find(": ");
    if (!line.starts_with("# ") || colon == std::string_view::npos) continue;
    const auto key = line.substr(2, colon - 2);
    const std::string value(line.substr(colon + 2));
    if (key == "project") tail.project = value;
    if (key == "host") tail.host = value;
    if (key == "source") tail.source = value;
    if (key == "job") tail.job = value;
    if (key == "written") tail.written = parse_time(value).value_or(UtcTime{});
    const double number = std::clamp(parse_number(value).value_or(0), 0.0, 1e15);
    if (key == "size") tail.size = static_cast<std::uint64_t>(number);
  }
  tail.text = bytes.substr(header_end + 2);
  tail.lines = lines_of(tail.text).size();
  return tail;
}

std::string tail_path(const JobName& project, const std::string& host,
                      const std::string& file_name) {
  std::string name = plain_name(file_name);
  if (!name.ends_with(".log")) name += ".log";
  return std::string(details_directory) + "/" + project.text() + "/" + plain_name(host) + "/" +
         name;
}

bool belongs_to(const std::string& job, const std::string& project, const std::string& file_name) {
  if (job == project) return true;
  for (auto at = file_name.find(job); at != std::string::npos; at = file_name.find(job, at + 1)) {
    const auto end = at + job.size();
    if ((at == 0 || !is_word_byte(file_name[at - 1])) &&
        (end == file_name.size() || !is_word_byte(file_name[end]))) {
      return true;
    }
  }
  return false;
}

}  // namespace signalbox
