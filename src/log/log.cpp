#include "log/log.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "os/entropy.h"
#include "os/host.h"
#include "os/kernel_lock.h"

namespace signalbox {
namespace {

// A host that wrote nothing for so long is no longer part of the site.
constexpr std::chrono::days longest_silence{90};

// "20250817T060000123": sorts as the time does.
std::string stamp(UtcTime time) {
  std::string text;
  for (const char c : format_milliseconds(time)) {
    if (c == 'T' || (c >= '0' && c <= '9')) text += c;
  }
  return text;
}

}  // namespace

Log::Log(os::FileSystem& fs, os::Clock& clock, std::string directory)
    : fs_(fs), clock_(clock), directory_(std::move(directory)), host_(file_word(os::host_name())) {
  if (const auto id = os::environment("SLURM_JOB_ID")) slurm_ = file_word(*id);
}

std::string Log::path() const {
  return directory_ + "/" + host_ + ".ndjson";
}

void Log::write(LogLevel level, std::string_view event, std::string_view text,
                std::string_view job) {
  (void)append({.time = clock_.wall(),
                .level = level,
                .host = host_,
                .pid = os::process_id(),
                .slurm = slurm_,
                .event = std::string(event),
                .job = std::string(job),
                .text = std::string(text)});
}

Status Log::take_in(LogEntry entry) {
  entry.host = host_;
  entry.pid = os::process_id();
  return append(entry);
}

Status Log::append(const LogEntry& entry) {
  const std::string line = format_log_entry(entry) + "\n";
  auto done = fs_.append(path(), line);
  if (!done && done.error().kind == ErrorKind::NotFound) {
    done = os::make_directories(fs_, directory_);
    if (done) done = fs_.append(path(), line);
  }
  if (done) turn_the_page_when_full();
  return done;
}

void Log::turn_the_page_when_full() {
  const auto is_full = [this] {
    const auto found = fs_.status(path());
    return found && found->size >= file_bytes;
  };
  if (!is_full()) return;
  const auto lock = os::KernelLock::try_acquire(directory_ + "/" + host_ + ".lock");
  if (!lock || !*lock) return;  // somebody else does it, or the next entry
  if (!is_full()) return;       // somebody else has done it
  const std::string earlier = directory_ + "/" + host_ + "@";
  if (!fs_.rename(path(),
                  earlier + stamp(clock_.wall()) + "-" + hex(os::random_bits(), 8) + ".ndjson")) {
    return;
  }
  delete_old_files();
}

// By the file system's own clock: ours may have been set back since an earlier page.
void Log::delete_old_files() {
  struct File {
    UtcTime modified;
    std::string path;
    bool is_earlier_page;
  };
  std::vector<File> files;
  for (const std::string& name : fs_.list(directory_).value_or(std::vector<std::string>())) {
    std::string file = directory_ + "/" + name;
    const auto found = fs_.status(file);
    if (!found || !name.ends_with(".ndjson")) continue;
    files.push_back({found->modified, std::move(file), name.starts_with(host_ + "@")});
  }
  std::ranges::sort(files, std::greater(), &File::modified);
  std::size_t earlier_pages = 0;
  for (const File& file : files) {
    if (file.is_earlier_page) ++earlier_pages;
    const bool is_too_many = file.is_earlier_page && earlier_pages > files_kept;
    const bool is_silent = files.front().modified - file.modified > longest_silence;
    if (is_too_many || is_silent) (void)fs_.unlink(file.path);
  }
}

}  // namespace signalbox
