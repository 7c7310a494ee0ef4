#include "log/shown.h"

#include <charconv>

#include "base/checksum.h"
#include "base/json.h"

namespace signalbox {
namespace {

constexpr std::size_t shown_limit = 64UL << 10U;

std::string path_of(const std::string& directory) {
  return directory + "/rendered.json";
}

std::optional<std::uint64_t> count_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<std::uint64_t>();
}

std::optional<LogReader::Positions> positions_of(const Json& document) {
  const auto read = document.find("read");
  if (read == document.end() || !read->is_object()) return std::nullopt;
  LogReader::Positions positions;
  for (const auto& [key, bytes] : read->items()) {
    std::uint64_t inode = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), inode);
    if (error != std::errc() || end != key.data() + key.size() || !bytes.is_number_unsigned()) {
      return std::nullopt;
    }
    positions.emplace(inode, bytes.get<std::uint64_t>());
  }
  return positions;
}

}  // namespace

bool Shown::is(std::string_view text) const {
  return text.size() == bytes && crc32_of(text) == checksum;
}

Shown shown_of(std::string_view text, UtcTime newest, LogReader::Positions read) {
  return {
      .bytes = text.size(), .checksum = crc32_of(text), .newest = newest, .read = std::move(read)};
}

std::optional<Shown> read_shown(os::FileSystem& fs, const std::string& directory) {
  const auto text = fs.read(path_of(directory), shown_limit);
  const auto document = text ? parse_json(*text) : Result<Json>(std::unexpected(text.error()));
  if (!document || !document->is_object()) return std::nullopt;
  const auto bytes = count_at(*document, "bytes");
  const auto checksum = count_at(*document, "checksum");
  const auto newest = parse_time(text_at(*document, "newest"));
  auto read = positions_of(*document);
  if (!bytes || !checksum || !newest || !read) return std::nullopt;
  return Shown{.bytes = *bytes,
               .checksum = static_cast<std::uint32_t>(*checksum),
               .newest = *newest,
               .read = *std::move(read)};
}

void write_shown(os::FileSystem& fs, const std::string& directory, const Shown& shown) {
  Json document;
  document["bytes"] = shown.bytes;
  document["checksum"] = shown.checksum;
  document["newest"] = format_milliseconds(shown.newest);
  document["read"] = Json::object();
  for (const auto& [inode, bytes] : shown.read) document["read"][std::to_string(inode)] = bytes;
  (void)os::replace_file(fs, path_of(directory), to_line(document));
}

}  // namespace signalbox
