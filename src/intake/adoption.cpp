#include "intake/adoption.h"

#include <algorithm>

#include "base/text.h"
#include "intake/masking.h"

namespace signalbox {

namespace {

// The event of a document. Most writers give whole seconds: what is found after something of the
// same second was reported goes above it.
Event event_of(const ParsedView& document, std::string_view bytes, UtcTime found,
               const Spool& spool, const Branch& branch) {
  using std::chrono::seconds;
  Event event = event_from_document(document, bytes, found);
  const UtcTime second = std::chrono::floor<seconds>(event.id.parts().time);
  if (!says_when(document) || document.event.time != second) return event;
  const EventId known =
      std::max(branch.shown(event.job), spool.newest_waiting(event.job, EventId({.time = second})));
  if (known < event.id || std::chrono::floor<seconds>(known.parts().time) != second) return event;
  event.id = EventId::next(event.id.parts().time, std::max(known, document.event.id), 0,
                           event.id.parts().random);
  return event;
}

}  // namespace

// One content is one event. A file that does not say when it was written is the same one for as
// long as the job says nothing else.
bool waits_already(const Spool& spool, const ParsedView& document, std::string_view bytes,
                   UtcTime found) {
  const auto ids = spool.waiting_ids();
  if (!ids) return false;  // adopting once more makes the same id: harmless
  const Event event = event_from_document(document, bytes, found);
  const auto same = std::ranges::find_if(ids->rbegin(), ids->rend(), [&](const EventId& id) {
    return id.random_text() == event.id.random_text();
  });
  if (same == ids->rend()) return false;
  return says_when(document) || *same == event.id ||
         spool.newest_waiting(event.job, *same) == *same;
}

Result<std::optional<Event>> adopt_document(const ParsedView& document, std::string_view bytes,
                                            UtcTime found, Spool& spool, const Branch& branch,
                                            const Masker& masker) {
  if (document.sealed || waits_already(spool, document, bytes, found)) return std::nullopt;
  const auto seen = branch.seen_before(document, bytes, found);
  if (!seen) return std::unexpected(seen.error());
  if (*seen) return std::nullopt;
  Event event = masked(event_of(document, bytes, found, spool, branch), masker);
  if (auto done = spool.append(event); !done) return std::unexpected(done.error());
  return event;
}

std::optional<std::string> status_directory_of(os::FileSystem& fs, const std::string& worktree) {
  const std::string data = worktree + "/data";
  const auto is_real = [&](const std::string& path) {
    const auto found = fs.status(path);
    return found && found->type == os::FileType::Directory;
  };
  if (!is_real(data) || !is_real(data + "/status")) return std::nullopt;
  return data + "/status";
}

Result<Adoption> adopt_directory(os::FileSystem& fs, const std::string& worktree, Spool& spool,
                                 const Branch& branch, const Masker& masker) {
  Adoption adoption;
  const auto directory = status_directory_of(fs, worktree);
  if (!directory) return adoption;
  const auto names = fs.list(*directory);
  if (!names) {
    if (names.error().kind == ErrorKind::NotFound) return adoption;
    return std::unexpected(names.error());
  }
  for (const std::string& name : *names) {
    const auto job = job_of_status_file(name);
    if (!job) continue;
    const std::string path = *directory + "/" + name;
    const auto leave_alone = [&](const Error& why) {
      adoption.notes.push_back(view_path(*job) + ": " + why.what);
    };
    const auto bytes = fs.read(path, view_limit);
    const auto status = fs.status(path);
    if (!bytes || !status) {
      if (!bytes && bytes.error().kind != ErrorKind::NotFound) leave_alone(bytes.error());
      continue;
    }
    if (is_sealed(*bytes)) continue;
    const auto document = parse_view(*job, *bytes);
    if (!document) {
      leave_alone(document.error());
      continue;
    }
    const auto event =
        adopt_document(*document, *bytes, time_of_file(status->modified), spool, branch, masker);
    if (!event) return std::unexpected(event.error());
    if (!*event) continue;
    adoption.events.push_back(**event);
    if (!document->ignored.empty()) {
      adoption.notes.push_back(view_path(*job) + ": cannot use " +
                               printable(masker.masked(document->ignored)) +
                               "; kept as \"ignored\"");
    }
  }
  return adoption;
}

}  // namespace signalbox
