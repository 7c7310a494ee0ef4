#include "log/rendering.h"

#include <algorithm>
#include <ranges>
#include <set>

#include "base/text.h"
#include "log/reader.h"
#include "log/shown.h"
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

// Only whole lines, the newest.
void cut_to(const RenderBounds& bounds, std::string& text) {
  std::size_t start = text.size() - std::min(text.size(), bounds.bytes);
  if (start > 0 && text[start - 1] != '\n') start = text.find('\n', start) + 1;
  auto lines = static_cast<std::size_t>(
      std::count(text.begin() + static_cast<std::ptrdiff_t>(start), text.end(), '\n'));
  for (; lines > bounds.lines; --lines) start = text.find('\n', start) + 1;
  text.erase(0, start);
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

// What the file shall hold.
struct Page {
  std::string text;
  Shown shown;
  std::vector<LogEntry> known;  // besides those whose lines were there
};

UtcTime newest_of(const std::vector<LogEntry>& entries, UtcTime newest) {
  for (const LogEntry& entry : entries) newest = std::max(newest, entry.time);
  return newest;
}

// What is there, with the new entries behind it; nothing when it is not what we left there, or an
// entry belongs further up.
Result<std::optional<Page>> continued(os::FileSystem& fs, const Log& log, std::string text,
                                      const RenderBounds& bounds) {
  const auto shown = read_shown(fs, log.directory());
  if (!shown || !shown->is(text)) return std::nullopt;
  LogReader reader(fs, log.directory(), shown->read);
  const auto news = reader.next();
  if (!news) return std::unexpected(news.error());
  if (!news->empty() && news->front().time < shown->newest) return std::nullopt;
  text += rendered(*news, bounds);
  cut_to(bounds, text);
  const UtcTime newest = newest_of(*news, shown->newest);
  auto now_shown = shown_of(text, newest, reader.positions());
  return Page{.text = std::move(text), .shown = std::move(now_shown), .known = {}};
}

// From the end of all logs, the lines of old scripts in `before` taken in.
Result<Page> rendered_anew(os::FileSystem& fs, Log& log, const std::string& before, UtcTime now,
                           const RenderBounds& bounds) {
  const LogTail tail{.entries = bounds.lines, .bytes = tail_bytes};
  LogReader reader(fs, log.directory());
  auto known = reader.tail(tail);
  if (!known) return std::unexpected(known.error());
  const auto there = foreign_lines(before, *known, now);
  if (auto news = there; !news.empty()) {
    if (news.size() > bounds.lines) {
      news.erase(news.begin(), news.end() - static_cast<std::ptrdiff_t>(bounds.lines));
    }
    if (auto done = take_in(log, news); !done) return std::unexpected(done.error());
    known = reader.tail(tail);
    if (!known) return std::unexpected(known.error());
  }
  auto text = rendered(*known, bounds);
  auto shown = shown_of(text, newest_of(*known, {}), reader.positions());
  // What was there before, and is too old to be shown, is not late.
  known->insert(known->end(), there.begin(), there.end());
  return Page{.text = std::move(text), .shown = std::move(shown), .known = *std::move(known)};
}

// Busy when somebody appended to what is replaced.
Status put_in_place(os::FileSystem& fs, Log& log, const std::string& path,
                    const std::string& before, const Page& page, UtcTime now) {
  // A second name for what is replaced: whoever has it open already may still append to it.
  const std::string aside = os::temporary_name(os::parent_of(path));
  const bool kept = fs.link(path, aside).has_value();
  auto done = os::replace_file(fs, path, page.text, [&] {
    const auto again = end_of_file(fs, path);
    return again && *again == before;
  });
  if (done && kept) {
    const auto after = end_of_file(fs, aside);
    std::vector<LogEntry> late;
    if (after && *after != before) late = foreign_lines(*after, page.known, now);
    if (!late.empty()) {
      done = take_in(log, late);
      if (done) done = fail(ErrorKind::Busy, "'" + path + "' is being appended to");
    }
  }
  if (kept) (void)fs.unlink(aside);  // a leftover is deleted by age
  return done;
}

// One try: Busy when somebody appended meanwhile, and another one is due.
Status render_once(os::FileSystem& fs, Log& log, const std::string& path, UtcTime now,
                   const RenderBounds& bounds) {
  const auto before = end_of_file(fs, path);
  if (!before) return std::unexpected(before.error());
  auto next = continued(fs, log, *before, bounds);
  if (!next) return std::unexpected(next.error());
  if (!*next) {
    auto anew = rendered_anew(fs, log, *before, now, bounds);
    if (!anew) return std::unexpected(anew.error());
    *next = *std::move(anew);
  }
  const Page& page = **next;
  if (page.text != *before) {
    keep_what_was_there(fs, path, *before, bounds);
    if (auto done = put_in_place(fs, log, path, *before, page, now); !done) return done;
  }
  write_shown(fs, log.directory(), page.shown);
  return {};
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
