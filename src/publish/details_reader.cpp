#include "publish/details_reader.h"

#include <algorithm>

#include "spool/outbox.h"

namespace signalbox {
namespace {

constexpr int project_host_file = 3;  // levels below data/details

Result<std::vector<Outbox::Entry>> waiting_files(os::FileSystem& fs, const Clone& clone) {
  auto pending =
      Outbox(fs, clone.outbox_directory()).pending(outbox_most_files, outbox_bytes_limit);
  if (!pending) return std::unexpected(pending.error());
  return std::move(pending->entries);
}

}  // namespace

Result<std::map<std::string, std::string>> read_detail_files(os::FileSystem& fs, const Clone& clone,
                                                             Session& session,
                                                             const std::string& below) {
  std::map<std::string, std::string> files;
  const auto tip = session.shown_tip();
  if (!tip) return std::unexpected(tip.error());
  const auto paths = session.repository().files_below(*tip, below, project_host_file);
  if (!paths) return std::unexpected(paths.error());
  for (const std::string& path : *paths) {
    auto bytes = session.repository().file(*tip, path, outbox_file_limit);
    if (!bytes) return std::unexpected(bytes.error());
    if (*bytes) files[path] = **std::move(bytes);
  }
  auto waiting = waiting_files(fs, clone);
  if (!waiting) return std::unexpected(waiting.error());
  for (Outbox::Entry& entry : *waiting) {
    if (!entry.path.starts_with(below + "/")) continue;
    if (entry.bytes) {
      files[entry.path] = *std::move(entry.bytes);
    } else {
      files.erase(entry.path);
    }
  }
  return files;
}

Result<std::vector<DetailRow>> read_details(os::FileSystem& fs, const Clone& clone,
                                            Session& session) {
  const auto files = read_detail_files(fs, clone, session, std::string(details_directory));
  if (!files) return std::unexpected(files.error());
  const auto waiting = waiting_files(fs, clone);
  if (!waiting) return std::unexpected(waiting.error());
  std::vector<DetailRow> rows;
  for (const auto& [path, bytes] : *files) {
    auto tail = parse_tail(bytes);
    if (!tail) continue;
    const bool waits = std::ranges::any_of(
        *waiting, [&](const Outbox::Entry& entry) { return entry.path == path; });
    rows.push_back({path, *std::move(tail), waits});
  }
  return rows;
}

}  // namespace signalbox
