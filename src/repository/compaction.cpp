// One step of keeping the history small: which days are due, and what becomes of them.
#include <algorithm>
#include <set>

#include "board/view.h"
#include "repository/implementation.h"
#include "repository/retention.h"
#include "repository/segment.h"
#include "repository/tree_change.h"

namespace signalbox {
namespace {

using std::chrono::days;

// A day is compacted a day after its end: by then nearly all that was late has come.
constexpr days closed_after{2};
// What one step reads and changes at most. A day with more than `day_limit` stays in its hours.
constexpr std::size_t days_a_step = 31;
constexpr std::size_t bytes_a_step = 32UL << 20U;
constexpr std::size_t files_a_step = 5000;
constexpr std::size_t day_limit = segment_limit / 2;

struct Segment {
  std::string path;  // in the directory of the day: "06/<name>" or "<name>"
  git_oid blob;
};

struct Day {
  std::string name;  // 2025/08/17
  UtcTime begin;
  git_oid tree;
};

std::string with_dashes(std::string day) {
  std::ranges::replace(day, '/', '-');
  return day;
}

bool is_number(std::string_view name, std::size_t digits) {
  return name.size() == digits && name.find_first_not_of("0123456789") == std::string_view::npos;
}

class Compactor {
 public:
  Compactor(git_repository* repository, git::GatheredObjects& objects,
            const Repository::CompactionRequest& request)
      : git_(repository), request_(request), change_(repository, objects, request.parent) {}

  Result<Repository::Compaction> step() {
    if (auto done = find_days(); !done) return std::unexpected(done.error());
    Repository::Compaction result{.thinned_through = request_.thinned_through, .finished = true};
    for (const Day& day : days_) {
      const bool thins = is_old(day);
      if (!thins && !is_over(day)) break;
      const auto segments = segments_of(day);
      if (!segments) return std::unexpected(segments.error());
      const bool in_hours = std::ranges::any_of(
          *segments, [](const Segment& segment) { return segment.path[2] == '/'; });
      if (in_hours || (thins && day.name > request_.thinned_through)) {
        if (looked_at_ == days_a_step || bytes_ >= bytes_a_step || files_ >= files_a_step) {
          result.finished = false;
          break;
        }
        if (auto done = compact(day, *segments, thins); !done) return std::unexpected(done.error());
      }
      if (thins) result.thinned_through = std::max(result.thinned_through, day.name);
    }
    result.days = changed_.size();
    result.thinned = thinned_;
    if (change_.empty()) return result;
    auto commit = change_.commit(message(), request_.now);
    if (!commit) return std::unexpected(commit.error());
    result.commit = *std::move(commit);
    return result;
  }

 private:
  // The days that the parent's history has, the oldest first.
  Status find_days() {
    const auto visit = [&](const git::Tree& tree, const std::string& prefix, std::size_t digits,
                           const auto& take) -> Status {
      for (const auto& entry : git::entries_of(tree.get())) {
        if (!entry.is_tree || !is_number(entry.name, digits)) continue;
        auto below = git::lookup_tree(git_, entry.oid);
        if (!below) return std::unexpected(below.error());
        if (auto done = take(*below, prefix + entry.name); !done) return done;
      }
      return {};
    };
    const auto root = git::tree_at(git_, request_.parent, std::string(history_directory));
    if (!root) return std::unexpected(root.error());
    auto done = visit(*root, "", 4, [&](const git::Tree& year, const std::string& y) {
      return visit(year, y + "/", 2, [&](const git::Tree& month, const std::string& m) {
        return visit(month, m + "/", 2, [&](const git::Tree& day, const std::string& d) -> Status {
          const auto begin = parse_time(with_dashes(d));
          if (begin) days_.push_back({.name = d, .begin = *begin, .tree = *git_tree_id(day.get())});
          return {};
        });
      });
    });
    std::ranges::sort(days_, {}, &Day::name);
    return done;
  }

  [[nodiscard]] bool is_over(const Day& day) const {
    return day.begin + closed_after <= request_.now;
  }
  // Old by this host's clock and by what was reported since: a clock that is years ahead thins
  // nothing of last week.
  [[nodiscard]] bool is_old(const Day& day) const {
    if (request_.thin_after_days == 0) return false;
    const days age{request_.thin_after_days + 1};
    return day.begin + age <= request_.now && day.begin + age <= days_.back().begin + days{1};
  }

  Result<std::vector<Segment>> segments_of(const Day& day) {
    const auto tree = git::lookup_tree(git_, day.tree);
    if (!tree) return std::unexpected(tree.error());
    std::vector<Segment> segments;
    const auto take = [&](const git::Tree& from, const std::string& prefix) {
      for (const auto& entry : git::entries_of(from.get())) {
        if (entry.is_tree || first_id_of(entry.name).empty()) continue;
        segments.push_back({prefix + entry.name, entry.oid});
      }
    };
    take(*tree, "");
    for (const auto& entry : git::entries_of(tree->get())) {
      if (!entry.is_tree || !is_number(entry.name, 2)) continue;
      const auto hour = git::lookup_tree(git_, entry.oid);
      if (!hour) return std::unexpected(hour.error());
      take(*hour, entry.name + "/");
    }
    return segments;
  }

  Status compact(const Day& day, const std::vector<Segment>& segments, bool thins) {
    std::size_t size = 0;
    for (const Segment& segment : segments) {
      const auto found = git::blob_size(git_, segment.blob);
      if (!found) return std::unexpected(found.error());
      size += *found;
    }
    if (size > day_limit) return {};
    ++looked_at_;
    bytes_ += size;
    files_ += segments.size();
    std::vector<std::string> contents;
    for (const Segment& segment : segments) {
      auto bytes = git::read_blob(git_, segment.blob, day_limit);
      if (!bytes) return std::unexpected(bytes.error());
      contents.push_back(*std::move(bytes));
    }
    std::string lines = merge_segments(contents);
    std::set<std::string> obsolete;
    for (const Segment& segment : segments) obsolete.insert(segment.path);
    const std::size_t before = thins ? count_thinned(lines) : 0;
    if (thins) lines = thinned(lines);
    const std::string directory = std::string(history_directory) + "/" + day.name + "/";
    bool changed = false;
    for (const std::string& part : parts_of_day(lines)) {
      const auto blob = change_.write_blob(part);
      if (!blob) return std::unexpected(blob.error());
      const std::string name = segment_name(id_of_line(part), git::text_of(*blob));
      if (obsolete.erase(name) > 0) continue;
      change_.put(directory + name, *blob);
      changed = true;
    }
    for (const std::string& path : obsolete) change_.remove(directory + path);
    if (!changed && obsolete.empty()) return {};
    changed_.push_back(with_dashes(day.name));
    if (thins) thinned_ += count_thinned(lines) - before;
    return {};
  }

  static std::size_t count_thinned(std::string_view lines) {
    std::size_t count = 0;
    for_each_line(lines, [&](std::string_view, std::string_view line) {
      if (job_of_thinned_line(line)) ++count;
    });
    return count;
  }

  [[nodiscard]] std::string message() const {
    std::string text = "Compact the history of " + changed_.front();
    if (changed_.size() > 1) {
      text = "Compact the history of " + std::to_string(changed_.size()) + " days (" +
             changed_.front() + " to " + changed_.back() + ")";
    }
    text += '\n';
    if (thinned_ > 0) {
      text += "\nThinned " + std::to_string(thinned_) + " progress reports older than " +
              std::to_string(request_.thin_after_days) + " days.\n";
    }
    return text;
  }

  git_repository* git_;
  const Repository::CompactionRequest& request_;
  TreeChange change_;
  std::vector<Day> days_;
  std::vector<std::string> changed_;
  std::size_t looked_at_ = 0, bytes_ = 0, files_ = 0, thinned_ = 0;
};

}  // namespace

Result<Repository::Compaction> Repository::compact_history(const CompactionRequest& request) const {
  return Compactor(impl_->git.get(), *impl_->objects, request).step();
}

}  // namespace signalbox
