#include "intake/adoption.h"

#include <algorithm>

#include "base/text.h"

namespace signalbox {
namespace {

bool waits_already(const Spool& spool, std::uint64_t digest) {
  const auto ids = spool.waiting_ids();
  if (!ids) return false;  // adopting once more makes the same id: harmless
  const std::string random = hex(digest, 12);
  return std::ranges::any_of(*ids, [&](const EventId& id) { return id.random_text() == random; });
}

}  // namespace

Result<std::optional<Event>> adopt_document(const ParsedView& document, std::string_view bytes,
                                            UtcTime found, Spool& spool,
                                            const SeenBefore& seen_before) {
  const JobName& job = document.event.job;
  const std::uint64_t digest = content_digest(job, bytes);
  if (document.sealed || waits_already(spool, digest)) return std::nullopt;
  const auto seen = seen_before(job, bytes, digest);
  if (!seen) return std::unexpected(seen.error());
  if (*seen) return std::nullopt;
  Event event = event_from_document(document, bytes, found);
  if (auto done = spool.append(event); !done) return std::unexpected(done.error());
  return event;
}

Result<Adoption> adopt_directory(os::FileSystem& fs, const std::string& status_directory_path,
                                 Spool& spool, const SeenBefore& seen_before) {
  Adoption adoption;
  const auto names = fs.list(status_directory_path);
  if (!names) {
    if (names.error().kind == ErrorKind::NotFound) return adoption;
    return std::unexpected(names.error());
  }
  for (const std::string& name : *names) {
    const auto job = job_of_status_file(name);
    if (!job) continue;
    const std::string path = status_directory_path + "/" + name;
    const auto leave_alone = [&](const Error& why) {
      adoption.left_alone.push_back(view_path(*job) + ": " + why.what);
    };
    const auto bytes = fs.read(path, document_limit);
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
        adopt_document(*document, *bytes, time_of_file(status->modified), spool, seen_before);
    if (!event) return std::unexpected(event.error());
    if (*event) adoption.events.push_back(**event);
  }
  return adoption;
}

}  // namespace signalbox
