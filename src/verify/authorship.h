// Whose commit it is, and which paths are a publisher's, told from what a commit changes.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "board/view.h"
#include "repository/object_reader.h"

namespace signalbox {

// data/history/, an hour or a day, and a name that begins with an event's id.
[[nodiscard]] bool is_segment(std::string_view path);
// The job whose view stands at the path.
[[nodiscard]] std::optional<JobName> job_of_view(std::string_view path);

class Authorship {
 public:
  explicit Authorship(const ObjectReader& objects) : objects_(objects) {}

  // A commit is Signalbox's when it changes what nobody else has a reason to change: a segment,
  // added, changed or removed, or data/health/; or when its message is a publisher's and it does
  // nothing but write sealed views. `changes`: against the parent that was published. What a merge
  // takes over from a parent was committed there.
  [[nodiscard]] Result<bool> is_signalboxs(const ObjectReader::Commit& commit,
                                           const std::vector<ObjectReader::Change>& changes) const;

  // The event that a sealed view shows; an empty id for any other file.
  [[nodiscard]] Result<EventId> revision(const std::string& blob) const;

 private:
  [[nodiscard]] Result<bool> only_seals_views(
      const std::vector<ObjectReader::Change>& changes) const;
  [[nodiscard]] Result<bool> comes_from_a_parent(const ObjectReader::Commit& commit,
                                                 const ObjectReader::Change& change) const;
  const ObjectReader& objects_;
};

}  // namespace signalbox
