#include "publish/health.h"

#include <algorithm>

#include "base/text.h"
#include "os/entropy.h"

namespace signalbox {
namespace {

constexpr int id_digits = 16;
constexpr std::size_t text_limit = 200;
constexpr std::string_view ending = ".json";
constexpr std::int64_t longest_period = 366L * 86'400;  // seconds

bool is_clone_id(std::string_view text) {
  return text.size() == id_digits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Json time_or_null(const std::optional<UtcTime>& time) {
  return time ? Json(format_milliseconds(*time)) : Json();
}

std::size_t count_at(const Json& document, const char* key) {
  const auto found = document.find(key);
  return found != document.end() && found->is_number_unsigned() ? found->get<std::size_t>() : 0;
}

std::chrono::seconds seconds_at(const Json& document, const char* key) {
  const auto found = document.find(key);
  if (found == document.end() || !found->is_number_unsigned()) return {};
  return std::chrono::seconds{std::min<std::uint64_t>(found->get<std::uint64_t>(), longest_period)};
}

// Whole under its name in one step, durable enough: one that is lost is chosen anew.
Status create_whole(os::FileSystem& fs, const std::string& path, const std::string& text) {
  const std::string temporary = os::temporary_name(os::parent_of(path));
  auto file = fs.create(temporary);
  if (!file) return std::unexpected(file.error());
  auto done = (*file)->write(text);
  if (done) done = (*file)->close();
  if (done) done = fs.link(temporary, path);
  // Where there are no hard links: the caller holds the publisher lock and saw no file there.
  if (!done && done.error().kind != ErrorKind::AlreadyExists) done = fs.rename(temporary, path);
  (void)fs.unlink(temporary);
  return done;
}

}  // namespace

std::string health_path(std::string_view clone) {
  return std::string(health_directory) + "/" + std::string(clone) + std::string(ending);
}

Json json_of(const Health& health) {
  Json document = Json::object();
  document["clone"] = health.clone;
  document["host"] = health.host;
  document["version"] = health.version;
  document["time"] = format_milliseconds(health.time);
  document["last_publish"] = time_or_null(health.last_publish);
  document["published"] = health.published;
  document["waiting"] = health.waiting;
  document["oldest_waiting"] = time_or_null(health.oldest_waiting);
  document["refused"] = health.refused;
  document["damaged"] = health.damaged;
  document["last_error"] = health.last_error;
  document["sync_period_seconds"] =
      health.sync_period.count() > 0 ? Json(health.sync_period.count()) : Json();
  document["interval_seconds"] = health.interval.count();
  return document;
}

std::string format_health(const Health& health) {
  return to_pretty(json_of(health)) + "\n";
}

Result<Health> parse_health(std::string_view clone, std::string_view bytes) {
  const auto document = parse_json(bytes);
  if (!document) return std::unexpected(document.error());
  if (!document->is_object() || !is_clone_id(clone) || text_at(*document, "clone") != clone) {
    return fail(ErrorKind::Corrupt, "no record of the clone '" + printable(clone, 40) + "'");
  }
  const auto time = parse_time(text_at(*document, "time"));
  if (!time) return fail(ErrorKind::Corrupt, "a record without a time");
  return Health{.clone = std::string(clone),
                .host = printable(text_at(*document, "host"), text_limit),
                .version = printable(text_at(*document, "version"), text_limit),
                .time = *time,
                .last_publish = parse_time(text_at(*document, "last_publish")),
                .published = count_at(*document, "published"),
                .waiting = count_at(*document, "waiting"),
                .oldest_waiting = parse_time(text_at(*document, "oldest_waiting")),
                .refused = count_at(*document, "refused"),
                .damaged = count_at(*document, "damaged"),
                .last_error = printable(text_at(*document, "last_error"), text_limit),
                .sync_period = seconds_at(*document, "sync_period_seconds"),
                .interval = seconds_at(*document, "interval_seconds")};
}

Result<std::string> clone_id(os::FileSystem& fs, const std::string& own_directory) {
  const std::string path = own_directory + "/clone-id";
  constexpr std::size_t limit = 100;
  const auto bytes = fs.read(path, limit);
  if (bytes && is_clone_id(trimmed(*bytes))) return std::string(trimmed(*bytes));
  // What a power cut left of one is no id.
  if (bytes) (void)fs.unlink(path);
  std::string id = hex(os::random_bits(), id_digits);
  const auto made = create_whole(fs, path, id + "\n");
  if (made) return id;
  if (made.error().kind != ErrorKind::AlreadyExists) return std::unexpected(made.error());
  const auto others = fs.read(path, limit);
  if (others && is_clone_id(trimmed(*others))) return std::string(trimmed(*others));
  return fail(ErrorKind::Corrupt, "'" + path + "' holds no id", "delete it");
}

Result<std::map<std::string, Health>> read_health(const Repository& repository,
                                                  const std::string& tip) {
  std::map<std::string, Health> records;
  const auto read = repository.for_each_file(
      tip, health_directory, health_limit, [&](const Repository::FileVersion& file) -> Status {
        std::string clone = os::base_name_of(file.path);
        if (!file.bytes || !clone.ends_with(ending)) return {};
        clone.resize(clone.size() - ending.size());
        auto record = parse_health(clone, *file.bytes);
        // Others are left out, and most publishers would not have added more.
        if (record && records.size() < most_health_records) {
          records.emplace(std::move(clone), *std::move(record));
        }
        return {};
      });
  if (!read) return std::unexpected(read.error());
  return records;
}

bool says_more(const Health& health, const Health& before) {
  return health.waiting != before.waiting || health.refused != before.refused ||
         health.damaged != before.damaged || health.last_error != before.last_error;
}

}  // namespace signalbox
