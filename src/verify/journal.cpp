#include "verify/journal.h"

#include <algorithm>
#include <functional>

#include "base/text.h"
#include "event/event.h"

namespace signalbox {
namespace {

constexpr std::size_t longest_tips = 1'000'000;

// Between single spaces; a run's name, the last word, may hold spaces itself.
std::vector<std::string_view> words_of(std::string_view line, std::size_t most) {
  std::vector<std::string_view> words;
  while (words.size() + 1 < most) {
    const auto end = line.find(' ');
    if (end == std::string_view::npos) break;
    words.push_back(line.substr(0, end));
    line.remove_prefix(end + 1);
  }
  words.push_back(line);
  return words;
}

}  // namespace

std::uint64_t digest_of_run(std::string_view run) {
  return run.empty() ? 0 : std::hash<std::string_view>{}(run) | 1U;
}

bool is_commit_id(std::string_view text) {
  return text.size() == 40 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::uint32_t Journal::number_of(std::string_view name) {
  const auto found = numbers_.find(name);
  if (found != numbers_.end()) return found->second;
  const auto added = numbers_.emplace(name, static_cast<std::uint32_t>(names_.size())).first;
  names_.push_back(&added->first);
  return added->second;
}

bool Journal::take(std::string_view line) {
  const auto words = words_of(line, 4);
  if (words.size() == 2 && words[0] == "tip" && is_commit_id(words[1])) {
    if (tips_.size() >= longest_tips) return false;
    tips_.emplace_back(words[1]);
    return true;
  }
  if (words.size() < 3 || all_.size() >= most_acknowledgements) return false;
  const auto id = PackedId::parse(words[0]);
  const auto job = JobName::parse(words[1]);
  const auto status = parse_status_word(words[2]);
  if (!id || !job || !status) return false;
  all_.push_back({.id = *id,
                  .job = number_of(job->text()),
                  .status = number_of(*status),
                  .run = words.size() == 4 ? digest_of_run(words[3]) : 0});
  return true;
}

Status Journal::read_file(std::string_view bytes, const std::string& path) {
  const auto complete = bytes.rfind('\n') + 1;  // npos + 1 is 0
  if (complete < bytes.size()) ++torn_;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(bytes.substr(0, complete))) {
    ++number;
    if (take(line)) continue;
    return fail(ErrorKind::InvalidInput,
                "line " + std::to_string(number) + " of the journal '" + printable(path) +
                    "' is no acknowledgement: '" + printable(line, 80) + "'",
                "a line is '<event id> <job> <status> [run]' or 'tip <commit>'; at most " +
                    std::to_string(most_acknowledgements) + " are read");
  }
  return {};
}

Result<Journal> Journal::read(os::FileSystem& fs, const std::string& directory) {
  const auto names = fs.list(directory);
  if (!names) {
    return fail(ErrorKind::InvalidInput,
                "the journal '" + printable(directory) + "' cannot be read: " + names.error().what,
                "name a directory with one file a writer");
  }
  Journal journal;
  for (const std::string& name : *names) {
    if (name.starts_with('.')) continue;
    const std::string path = directory + "/" + name;
    const auto bytes = fs.read(path, journal_file_limit);
    if (!bytes) {
      return fail(ErrorKind::InvalidInput,
                  "the journal '" + printable(path) + "' cannot be read: " + bytes.error().what,
                  bytes.error().advice);
    }
    const std::size_t before = journal.all_.size();
    if (auto done = journal.read_file(*bytes, path); !done) return std::unexpected(done.error());
    if (journal.all_.size() > before) ++journal.writers_;
  }
  std::ranges::sort(journal.all_, {}, &Acknowledgement::id);
  return journal;
}

const Journal::Acknowledgement* Journal::find(const PackedId& id) const {
  const auto found = std::ranges::lower_bound(all_, id, {}, &Acknowledgement::id);
  return found != all_.end() && found->id == id ? &*found : nullptr;
}

}  // namespace signalbox
