#include "spool/spool.h"

#include <algorithm>

#include "base/checksum.h"
#include "base/text.h"
#include "spool/durable_file.h"

namespace signalbox {
namespace {

constexpr std::string_view ending = ".event";
constexpr int checksum_digits = 8;

std::string frame(const Event& event) {
  const std::string line = format_event(event);
  return line + '\t' + hex(crc32_of(line), checksum_digits) + '\n';
}

Result<Event> unframe(std::string_view bytes) {
  const auto tab = bytes.rfind('\t');
  if (tab == std::string_view::npos ||
      bytes.substr(tab + 1) != hex(crc32_of(bytes.substr(0, tab)), checksum_digits) + '\n') {
    return fail(ErrorKind::Corrupt, "the checksum does not hold");
  }
  return parse_event(bytes.substr(0, tab));
}

std::optional<EventId> id_of(std::string_view file_name) {
  if (!file_name.ends_with(ending)) return std::nullopt;
  file_name.remove_suffix(ending.size());
  return EventId::parse(file_name);
}

std::string file_name(const EventId& id) {
  return id.text() + std::string(ending);
}

}  // namespace

Spool::Spool(os::FileSystem& fs, std::string directory)
    : fs_(fs), directory_(std::move(directory)) {}

std::string Spool::path_of(const EventId& id) const {
  return directory_ + "/" + file_name(id);
}

Status Spool::append(const Event& event) {
  const std::string bytes = frame(event);
  if (bytes.size() > event_line_limit) {
    return fail(ErrorKind::TooLarge,
                "the report of job '" + event.job.text() + "' is larger than " +
                    std::to_string(event_line_limit) + " bytes",
                "put large data beside the status file and report its place");
  }
  // What could not be read back must not be acknowledged.
  if (const auto again = unframe(bytes); !again) {
    return fail(ErrorKind::TooLarge, "the report of job '" + event.job.text() +
                                         "' cannot be recorded: " + again.error().what);
  }
  return write_durable(fs_, path_of(event.id), bytes);
}

Result<std::vector<EventId>> Spool::waiting_ids() const {
  const auto names = fs_.list(directory_);
  if (!names) {
    if (names.error().kind == ErrorKind::NotFound) return std::vector<EventId>{};
    return std::unexpected(names.error());
  }
  std::vector<EventId> ids;
  ids.reserve(names->size());
  for (const std::string& name : *names) {
    if (auto id = id_of(name)) ids.push_back(*std::move(id));
  }
  return ids;
}

Result<Spool::Pending> Spool::pending(std::size_t limit, std::size_t most_bytes) const {
  const auto ids = waiting_ids();
  if (!ids) return std::unexpected(ids.error());
  Pending pending{.events = {}, .damaged = {}, .waiting = ids->size()};
  std::size_t bytes_read = 0;
  for (const EventId& id : *ids) {
    if (pending.events.size() == limit || bytes_read > most_bytes) break;
    const std::string path = path_of(id);
    const auto bytes = fs_.read(path, event_line_limit);
    if (!bytes) {
      --pending.waiting;
      if (bytes.error().kind != ErrorKind::NotFound) {
        pending.unreadable.push_back(bytes.error().what);
      }
      continue;
    }
    bytes_read += bytes->size();
    auto event = unframe(*bytes);
    if (event && event->id == id) {
      pending.events.push_back(*std::move(event));
      continue;
    }
    --pending.waiting;
    pending.damaged.push_back(path);
    // Out of the way, so that it is not read again and again; a failure leaves it where it is.
    (void)move_to(damaged_directory(), id);
  }
  return pending;
}

EventId Spool::newest_waiting(const JobName& job, const EventId& from) const {
  const auto ids = waiting_ids();
  if (!ids) return {};
  for (auto id = ids->rbegin(); id != ids->rend() && *id >= from; ++id) {
    const auto bytes = fs_.read(path_of(*id), event_line_limit);
    const auto event = bytes ? unframe(*bytes) : Result<Event>(std::unexpected(bytes.error()));
    if (event && event->job == job) return *id;
  }
  return {};
}

Status Spool::move_to(const std::string& directory, const EventId& id) const {
  if (auto made = os::make_directories(fs_, directory); !made) return made;
  return fs_.rename(path_of(id), directory + "/" + file_name(id));
}

Status Spool::set_aside(const EventId& id) {
  return move_to(refused_directory(), id);
}

Status Spool::retire(std::span<const EventId> ids) {
  for (const EventId& id : ids) {
    auto gone = fs_.unlink(path_of(id));
    if (!gone && gone.error().kind != ErrorKind::NotFound) return gone;
  }
  return {};
}

}  // namespace signalbox
