// What writers were told: a directory with one append-only file a writer, written outside of
// Signalbox (docs/formats/journal.md). A line an acknowledgement, after `recorded` was printed:
//
//   <event id> <job> <status> [run]
//
// or `tip <commit>`: a commit that the branch was seen at. Hidden files are no journals. A last
// line without its newline was being written when its writer was killed: it counts as torn, and for
// nothing else.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "os/file_system.h"
#include "verify/packed_id.h"

namespace signalbox {

inline constexpr std::size_t journal_file_limit = 256UL << 20U;   // bytes
inline constexpr std::size_t most_acknowledgements = 20'000'000;  // 48 bytes each are held

class Journal {
 public:
  struct Acknowledgement {
    PackedId id;
    std::uint32_t job = 0;  // names() says which
    std::uint32_t status = 0;
    std::uint64_t run = 0;  // digest of the run's name; 0: the writer named none
  };

  // InvalidInput for a directory that cannot be read, and for a line that is none of the above.
  [[nodiscard]] static Result<Journal> read(os::FileSystem& fs, const std::string& directory);

  // Sorted by id; an id that two lines acknowledge is there twice.
  [[nodiscard]] const std::vector<Acknowledgement>& acknowledgements() const { return all_; }
  [[nodiscard]] const Acknowledgement* find(const PackedId& id) const;  // null when it is not there
  [[nodiscard]] const std::string& name(std::uint32_t number) const { return *names_[number]; }
  [[nodiscard]] const std::vector<std::string>& tips() const { return tips_; }
  [[nodiscard]] std::size_t writers() const { return writers_; }
  [[nodiscard]] std::size_t torn_lines() const { return torn_; }

 private:
  [[nodiscard]] Status read_file(std::string_view bytes, const std::string& path);
  [[nodiscard]] bool take(std::string_view line);
  std::uint32_t number_of(std::string_view name);

  std::vector<Acknowledgement> all_;
  std::map<std::string, std::uint32_t, std::less<>> numbers_;
  std::vector<const std::string*> names_;  // the keys of numbers_
  std::vector<std::string> tips_;
  std::size_t writers_ = 0;
  std::size_t torn_ = 0;
};

// A run's name as an Acknowledgement holds it.
[[nodiscard]] std::uint64_t digest_of_run(std::string_view run);

// A commit's id as journals and reflogs have it: 40 hexadecimal digits.
[[nodiscard]] bool is_commit_id(std::string_view text);

}  // namespace signalbox
