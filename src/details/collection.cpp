#include "details/collection.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/text.h"
#include "clone/clone.h"
#include "os/host.h"
#include "os/volume.h"

namespace signalbox {
namespace {

struct Source {
  std::string path;
  UtcTime modified;
};

class Collector {
 public:
  Collector(os::FileSystem& fs, const CollectRequest& request, const Masker& masker,
            std::span<const std::string> jobs, const Collected& before, Outbox& outbox, UtcTime now)
      : fs_(fs),
        request_(request),
        masker_(masker),
        jobs_(jobs),
        before_(before),
        outbox_(outbox),
        now_(now) {}

  Status find_sources() {
    for (const std::string& place : request_.places) {
      const auto resolved = resolve(place);
      if (!resolved) {
        leave_out(masker_.masked(place), resolved.error().what);
        continue;
      }
      const std::string& path = *resolved;
      const auto found = fs_.status(path);
      if (!found) return std::unexpected(found.error());
      if (found->type != os::FileType::Directory) {
        add_source(path);
        continue;
      }
      const auto names = fs_.list(path);
      if (!names) return std::unexpected(names.error());
      for (const std::string& name : *names) {
        const bool wanted = std::ranges::any_of(
            request_.endings, [&](const std::string& ending) { return name.ends_with(ending); });
        if (wanted && !name.starts_with('.')) add_source((path == "/" ? "" : path) + "/" + name);
      }
    }
    // More than are kept would be read in vain.
    std::ranges::sort(sources_, [](const Source& one, const Source& other) {
      return std::tie(other.modified, one.path) < std::tie(one.modified, other.path);
    });
    if (sources_.size() > request_.keep_files) sources_.resize(request_.keep_files);
    return {};
  }

  void read_sources() {
    for (const Source& source : sources_) {
      const std::string path =
          tail_path(request_.project, request_.host, os::base_name_of(source.path));
      if (tails_.contains(path)) {
        leave_out(source.path, "another log has the same name; give it a project of its own");
        continue;
      }
      const auto tail = read(source.path);
      if (tail) {
        tails_.emplace(path, *tail);
      } else {
        leave_out(source.path, tail.error().what);
      }
    }
  }

  // The newest, as many and as large as may be kept.
  Status keep_newest() {
    std::vector<std::pair<UtcTime, std::string>> by_age;
    by_age.reserve(tails_.size() + before_.paths.size());
    for (auto& [path, tail] : tails_) by_age.emplace_back(tail.written, path);
    for (const std::string& path : before_.paths) {
      if (tails_.contains(path)) continue;
      const auto bytes = before_.bytes(path);
      if (!bytes) return std::unexpected(bytes.error());
      if (!*bytes) continue;
      const auto tail = parse_tail(**bytes);
      by_age.emplace_back(tail ? tail->written : UtcTime{}, path);
      held_[path] = (*bytes)->size();
    }
    std::ranges::sort(by_age, std::greater{});
    std::size_t files = 0;
    std::size_t total = 0;
    for (const auto& [written, path] : by_age) {
      const auto tail = tails_.find(path);
      total += tail == tails_.end() ? held_[path] : format_tail(tail->second).size();
      const bool kept = ++files <= request_.keep_files && total <= request_.keep_bytes;
      if (auto done = tail == tails_.end() ? (kept ? Status{} : remove(path))
                                           : put(path, tail->second, kept);
          !done) {
        return done;
      }
    }
    return {};
  }

  Collection finish() && { return std::move(result_); }

 private:
  // Where a place that was named is. A symbolic link there is followed when this user or root made
  // it; who may write beside a log could else have any file of this user collected. Looked at on
  // both sides of the step, so that no other link was followed.
  [[nodiscard]] Result<std::string> resolve(std::string place) const {
    while (place.size() > 1 && place.ends_with('/')) place.pop_back();
    const auto before = fs_.status(place);
    std::string path = absolute_path(place);
    const auto after = fs_.status(place);
    if (!before || !after) return path;  // whoever reads it says why
    if (before->inode != after->inode) {
      return fail(ErrorKind::Busy, "it was replaced meanwhile");
    }
    const bool is_trusted = after->owner == os::effective_user() || after->owner == 0;
    if (after->type == os::FileType::SymbolicLink && !is_trusted) {
      return fail(ErrorKind::PermissionDenied, "it is a symbolic link of another user");
    }
    return path;
  }

  void add_source(const std::string& path) {
    const std::string name = os::base_name_of(path);
    if (masker_.masked(name) != name) {
      return leave_out(masker_.masked(path), "its name holds a secret");
    }
    const auto found = fs_.status(path);
    if (!found) return leave_out(path, found.error().what);
    if (found->type == os::FileType::Directory) return;
    if (found->type != os::FileType::Regular) return leave_out(path, "it is no regular file");
    const auto known = [&](const Source& source) { return source.path == path; };
    if (std::ranges::none_of(sources_, known)) sources_.push_back({path, found->modified});
  }

  // The directory's name and the file's: what is above them may be somebody's home.
  static std::string shown_source(const std::string& path) {
    const std::string directory = os::parent_of(path);
    const bool is_home = os::home_directory() == directory;
    return (is_home ? "~" : os::base_name_of(directory)) + "/" + os::base_name_of(path);
  }

  Result<LogTail> read(const std::string& path) {
    const auto found = fs_.status(path);
    if (!found) return std::unexpected(found.error());
    // As long as it is now: what is added meanwhile is for the next time.
    const std::uint64_t begin = found->size - std::min<std::uint64_t>(found->size, log_read_limit);
    const auto end = fs_.read_from(path, begin, log_read_limit);
    if (!end) return std::unexpected(end.error());
    auto text = readable_tail(*end, begin == 0, request_.lines, masker_);
    if (!text) return std::unexpected(text.error());
    const std::string name = os::base_name_of(path);
    LogTail tail{.project = request_.project.text(),
                 .host = request_.host,
                 .source = masker_.masked(shown_source(path)),
                 .written = found->modified,
                 .size = found->size,
                 .text = *std::move(text)};
    tail.lines = lines_of(tail.text).size();
    for (const std::string& job : jobs_) {
      if (belongs_to(job, tail.project, name) && job.size() > tail.job.size()) tail.job = job;
    }
    return tail;
  }

  Status put(const std::string& path, const LogTail& tail, bool kept) {
    const auto held = before_.bytes(path);
    if (!held) return std::unexpected(held.error());
    if (!kept) return *held ? remove(path) : Status{};
    const std::string bytes = format_tail(tail);
    const auto refused = outbox_.refused(path);
    if (is_same(*held, tail) || (refused && is_same(refused->bytes, tail))) {
      ++result_.unchanged;
      if (refused && !*held) leave_out(tail.source, "the remote refused it");
      return {};
    }
    result_.collected.push_back(path);
    return outbox_.put(path, bytes, now_);
  }

  // A new time alone is no news.
  static bool is_same(const std::optional<std::string>& held, const LogTail& tail) {
    const auto known = held ? parse_tail(*held) : Result<LogTail>(fail(ErrorKind::NotFound, ""));
    return known && known->text == tail.text && known->source == tail.source &&
           known->size == tail.size;
  }

  Status remove(const std::string& path) {
    result_.removed.push_back(path);
    return outbox_.put(path, std::nullopt, now_);
  }

  void leave_out(const std::string& path, const std::string& why) {
    result_.left_out.push_back(printable(path) + ": " + why);
  }

  os::FileSystem& fs_;
  const CollectRequest& request_;
  const Masker& masker_;
  std::span<const std::string> jobs_;
  const Collected& before_;
  Outbox& outbox_;
  UtcTime now_;
  std::vector<Source> sources_;
  std::map<std::string, LogTail> tails_;     // by path in the repository
  std::map<std::string, std::size_t> held_;  // bytes of those collected earlier
  Collection result_;
};

}  // namespace

Result<Collection> collect(os::FileSystem& fs, const CollectRequest& request, const Masker& masker,
                           std::span<const std::string> jobs, const Collected& before,
                           Outbox& outbox, UtcTime now) {
  Collector collector(fs, request, masker, jobs, before, outbox, now);
  if (auto done = collector.find_sources(); !done) return std::unexpected(done.error());
  collector.read_sources();
  if (auto done = collector.keep_newest(); !done) return std::unexpected(done.error());
  return std::move(collector).finish();
}

}  // namespace signalbox
