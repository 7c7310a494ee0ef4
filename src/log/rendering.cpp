#include "log/rendering.h"

#include <algorithm>
#include <ranges>
#include <set>

#include "base/text.h"
#include "log/reader.h"
#include "os/kernel_lock.h"

namespace signalbox {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds patience{2000};
constexpr milliseconds pause{10};
constexpr int tries = 5;  // while old scripts append
// Of a longer file the end; some old scripts keep 200 lines, others all.
constexpr std::uint64_t file_limit = 1UL << 20U;
// Of each host's log: an entry is about twice as long as its line.
constexpr std::uint64_t tail_bytes = 512UL << 10U;

Result<os::KernelLock> lock_rendering(os::FileSystem& fs, os::Clock& clock,
                                      const std::string& directory) {
  if (auto made = os::make_directories(fs, directory); !made) {
    return std::unexpected(made.error());
  }
  const std::string path = directory + "/render.lock";
  const auto deadline = clock.monotonic() + patience;
  for (;;) {
    auto lock = os::KernelLock::try_acquire(path);
    if (!lock) return std::unexpected(lock.error());
    if (*lock) return **std::move(lock);
    if (clock.monotonic() >= deadline) {
      return fail(ErrorKind::Busy, "'" + path + "' is held by another process");
    }
    clock.sleep(pause);
  }
}

// The end of a file; nothing when it is missing.
Result<std::string> end_of_file(os::FileSystem& fs, const std::string& path) {
  const auto found = fs.status(path);
  if (!found) {
    if (found.error().kind == ErrorKind::NotFound) return std::string();
    return std::unexpected(found.error());
  }
  return fs.read_from(path, found->size - std::min(file_limit, found->size), file_limit);
}

bool is_foreign(const LogEntry& entry) {
  return entry.event == foreign_event;
}

std::string identity(const LogEntry& entry) {
  return format_seconds(entry.time) + " " + entry.slurm + " " + entry.text;
}

// Lines of old scripts that the log does not have yet. A line without its end is not whole.
std::vector<LogEntry> foreign_lines(std::string_view text, const std::vector<LogEntry>& known,
                                    UtcTime now) {
  std::set<std::string> seen;
  for (const LogEntry& entry : known) {
    if (is_foreign(entry)) seen.insert(identity(entry));
  }
  std::vector<LogEntry> found;
  UtcTime time = now;
  for (const std::string_view line : lines_of(text.substr(0, text.rfind('\n') + 1))) {
    if (trimmed(line).empty() || is_rendered(line)) continue;
    LogEntry entry = parse_foreign_line(line, time);
    time = entry.time;  // of a line without a time: that of the one before
    if (seen.insert(identity(entry)).second) found.push_back(std::move(entry));
  }
  return found;
}

std::string rendered(const std::vector<LogEntry>& entries, const RenderBounds& bounds) {
  std::vector<std::string> lines;
  std::size_t bytes = 0;
  for (const LogEntry& entry : std::views::reverse(entries)) {
    if (!entry.job.empty()) continue;
    std::string line = render_log_entry(entry) + "\n";
    bytes += line.size();
    if (lines.size() == bounds.lines || bytes > bounds.bytes) break;
    lines.push_back(std::move(line));
  }
  std::string text;
  std::ranges::reverse(lines);
  for (const std::string& line : lines) text += line;
  return text;
}

Status take_in(Log& log, const std::vector<LogEntry>& entries) {
  for (const LogEntry& entry : entries) {
    if (auto done = log.take_in(entry); !done) return done;
  }
  return {};
}

// What is more than we ever write was there before us, and not all of it can be shown: it gets a
// second name, once.
void keep_what_was_there(os::FileSystem& fs, const std::string& path, const std::string& text,
                         const RenderBounds& bounds) {
  const bool is_shown_whole = text.size() <= bounds.bytes && lines_of(text).size() <= bounds.lines;
  if (!is_shown_whole) (void)fs.link(path, path + std::string(kept_log_ending));
}

// One try: Busy when somebody appended meanwhile, and another one is due.
Status render_once(os::FileSystem& fs, Log& log, const std::string& path, UtcTime now,
                   const RenderBounds& bounds) {
  const auto before = end_of_file(fs, path);
  if (!before) return std::unexpected(before.error());
  const LogTail tail{.entries = bounds.lines, .bytes = tail_bytes};
  auto known = LogReader(fs, log.directory()).tail(tail);
  if (!known) return std::unexpected(known.error());
  const auto there = foreign_lines(*before, *known, now);
  if (auto news = there; !news.empty()) {
    if (news.size() > bounds.lines) {
      news.erase(news.begin(), news.end() - static_cast<std::ptrdiff_t>(bounds.lines));
    }
    if (auto done = take_in(log, news); !done) return done;
    known = LogReader(fs, log.directory()).tail(tail);
    if (!known) return std::unexpected(known.error());
  }
  const std::string text = rendered(*known, bounds);
  if (text == *before) return {};
  keep_what_was_there(fs, path, *before, bounds);

  // A second name for what is replaced: whoever has it open already may still append to it.
  const std::string aside = os::temporary_name(os::parent_of(path));
  const bool kept = fs.link(path, aside).has_value();
  auto done = os::replace_file(fs, path, text, [&] {
    const auto again = end_of_file(fs, path);
    return again && *again == *before;
  });
  if (done && kept) {
    const auto after = end_of_file(fs, aside);
    // What was there before, and is too old to be shown, is not late.
    known->insert(known->end(), there.begin(), there.end());
    const auto late = after ? foreign_lines(*after, *known, now) : std::vector<LogEntry>();
    if (!late.empty()) {
      done = take_in(log, late);
      if (done) done = fail(ErrorKind::Busy, "'" + path + "' is being appended to");
    }
  }
  if (kept) (void)fs.unlink(aside);  // a leftover is deleted by age
  return done;
}

}  // namespace

Status render_log(os::FileSystem& fs, os::Clock& clock, Log& log, const std::string& path,
                  const RenderBounds& bounds) {
  const auto lock = lock_rendering(fs, clock, log.directory());
  if (!lock) return std::unexpected(lock.error());
  Status done;
  for (int i = 0; i < tries; ++i) {
    done = render_once(fs, log, path, clock.wall(), bounds);
    if (done || done.error().kind != ErrorKind::Busy) break;
  }
  return done;
}

}  // namespace signalbox
