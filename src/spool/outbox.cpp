#include "spool/outbox.h"

#include <algorithm>
#include <map>

#include "base/checksum.h"
#include "base/json.h"
#include "base/text.h"
#include "event/event_id.h"
#include "os/entropy.h"
#include "os/host.h"
#include "spool/durable_file.h"

namespace signalbox {
namespace {

constexpr std::string_view ending = ".file";
constexpr std::string_view place = "data/details/";
constexpr std::size_t longest_path = 400;
constexpr std::size_t header_limit = 1024;
constexpr std::size_t digest_length = 16;

// Two checksums of different text make its 64 bits.
std::string digest_of(const std::string& path) {
  return hex(crc32_of(path), 8) + hex(crc32_of("signalbox:" + path), 8);
}

std::string frame(const std::string& path, const Outbox::Bytes& bytes) {
  Json header = Json::object();
  header["path"] = path;
  if (bytes) {
    header["size"] = bytes->size();
    header["checksum"] = hex(crc32_of(*bytes), 8);
  } else {
    header["removed"] = true;
  }
  const std::string line = to_line(header);
  return line + '\t' + hex(crc32_of(line), 8) + '\n' + bytes.value_or("");
}

std::optional<EventId> id_of(std::string_view name) {
  if (!name.ends_with(ending) || name.size() <= digest_length) return std::nullopt;
  name.remove_suffix(ending.size());
  return EventId::parse(name.substr(digest_length + 1));
}

std::string_view digest_in(std::string_view name) {
  return name.substr(0, digest_length);
}

}  // namespace

bool is_outbox_path(const std::string& path) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c == '/';
  };
  return path.starts_with(place) && path.size() > place.size() && path.size() <= longest_path &&
         !path.ends_with('/') && !path.contains("/.") && !path.contains("//") &&
         std::ranges::all_of(path, allowed);
}

Outbox::Outbox(os::FileSystem& fs, std::string directory)
    : fs_(fs), directory_(std::move(directory)) {}

Result<std::vector<std::string>> Outbox::names() const {
  auto names = fs_.list(directory_);
  if (!names) {
    if (names.error().kind == ErrorKind::NotFound) return std::vector<std::string>{};
    return names;
  }
  std::erase_if(*names, [](const std::string& name) { return !id_of(name); });
  return names;
}

// The newest entry of the path so far, when there is room for another.
Status Outbox::make_room(const std::string& path, std::size_t bytes, std::string& newest) const {
  const auto all = names();
  if (!all) return std::unexpected(all.error());
  const std::string digest = digest_of(path);
  std::size_t total = bytes;
  for (const std::string& name : *all) {
    if (digest_in(name) == digest) {
      newest = std::max(newest, name);
    } else if (const auto found = fs_.status(directory_ + "/" + name)) {
      total += found->size;
    }
  }
  if (total > outbox_bytes_limit || (newest.empty() && all->size() >= outbox_most_files)) {
    return fail(ErrorKind::TooLarge,
                "too much waits for the remote already (" + std::to_string(all->size()) +
                    " files in '" + directory_ + "')",
                "'signalbox status' says what stands in the way of publishing");
  }
  return {};
}

Status Outbox::put(const std::string& path, const Bytes& bytes, UtcTime now) {
  if (!is_outbox_path(path)) {
    return fail(ErrorKind::InvalidInput,
                "'" + printable(path) + "' is no place for a file of ours");
  }
  if (bytes && bytes->size() > outbox_file_limit) {
    return fail(ErrorKind::TooLarge,
                "'" + path + "' is larger than " + std::to_string(outbox_file_limit) + " bytes");
  }
  std::string newest;
  if (auto room = make_room(path, bytes ? bytes->size() : 0, newest); !room) return room;
  const EventId above = newest.empty() ? EventId{} : id_of(newest).value_or(EventId{});
  const EventId id = EventId::next(now, above, host_digest(os::host_name()), os::random_bits());
  const std::string name = digest_of(path) + "-" + id.text() + std::string(ending);
  if (auto done = write_durable(fs_, directory_ + "/" + name, frame(path, bytes)); !done) {
    return done;
  }
  // What is superseded would only be read in vain; the next retire takes what stays.
  if (!newest.empty()) (void)fs_.unlink(directory_ + "/" + newest);
  return {};
}

Result<Outbox::Entry> Outbox::read(const std::string& file_path) const {
  const auto damaged = [&](const std::string& why) {
    return fail(ErrorKind::Corrupt, "'" + file_path + "' was damaged: " + why);
  };
  auto text = fs_.read(file_path, outbox_file_limit + header_limit);
  if (!text) return std::unexpected(text.error());
  const auto line_end = text->find('\n');
  const std::string_view line = std::string_view(*text).substr(0, line_end);
  const auto tab = line.rfind('\t');
  if (line_end == std::string::npos || tab == std::string_view::npos ||
      line.substr(tab + 1) != hex(crc32_of(line.substr(0, tab)), 8)) {
    return damaged("its first line does not check out");
  }
  const auto header = parse_json(line.substr(0, tab));
  if (!header || !header->is_object()) return damaged("its first line is not JSON");
  Entry entry{.path = text_at(*header, "path"), .bytes = {}, .file = os::base_name_of(file_path)};
  if (!is_outbox_path(entry.path) || digest_of(entry.path) != digest_in(entry.file)) {
    return damaged("it has another file's name");
  }
  if (header->contains("removed")) return entry;
  entry.bytes = text->substr(line_end + 1);
  if (text_at(*header, "checksum") != hex(crc32_of(*entry.bytes), 8)) {
    return damaged("the checksum does not hold");
  }
  return entry;
}

Result<Outbox::Pending> Outbox::pending(std::size_t limit, std::size_t most_bytes) const {
  const auto all = names();
  if (!all) return std::unexpected(all.error());
  std::map<std::string_view, const std::string*> newest_by_path;
  for (const std::string& name : *all) newest_by_path[digest_in(name)] = &name;  // sorted by id
  std::vector<const std::string*> newest;
  for (const auto& [digest, name] : newest_by_path) newest.push_back(name);
  std::ranges::sort(newest, {},
                    [](const std::string* name) { return name->substr(digest_length); });
  Pending pending;
  std::size_t bytes_read = 0;
  for (const std::string* name : newest) {
    ++pending.waiting;
    if (pending.entries.size() == limit || bytes_read > most_bytes) continue;
    const std::string path = directory_ + "/" + *name;
    auto entry = read(path);
    if (entry) {
      bytes_read += entry->bytes ? entry->bytes->size() : 0;
      pending.entries.push_back(*std::move(entry));
      continue;
    }
    --pending.waiting;
    if (entry.error().kind == ErrorKind::NotFound) continue;  // superseded meanwhile
    pending.notes.push_back(entry.error().what);
    // A failure leaves it to be named again.
    if (entry.error().kind == ErrorKind::Corrupt) (void)fs_.unlink(path);
  }
  return pending;
}

std::size_t Outbox::waiting() const {
  const auto all = names();
  if (!all) return 0;
  std::size_t paths = 0;
  std::string_view before;
  for (const std::string& name : *all) {
    if (digest_in(name) != before) ++paths;
    before = digest_in(name);
  }
  return paths;
}

Status Outbox::retire(const Entry& entry) {
  const auto all = names();
  if (!all) return std::unexpected(all.error());
  for (const std::string& name : *all) {
    if (digest_in(name) != digest_in(entry.file) || name > entry.file) continue;
    auto gone = fs_.unlink(directory_ + "/" + name);
    if (!gone && gone.error().kind != ErrorKind::NotFound) return gone;
  }
  return {};
}

Status Outbox::set_aside(const Entry& entry) {
  if (auto made = os::make_directories(fs_, refused_directory()); !made) return made;
  const std::string name = digest_of(entry.path) + std::string(ending);
  return fs_.rename(directory_ + "/" + entry.file, refused_directory() + "/" + name);
}

std::optional<Outbox::Entry> Outbox::refused(const std::string& path) const {
  auto entry = read(refused_directory() + "/" + digest_of(path) + std::string(ending));
  if (!entry) return std::nullopt;
  return *std::move(entry);
}

}  // namespace signalbox
