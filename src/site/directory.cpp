#include "site/directory.h"

#include "base/text.h"
#include "site/digest.h"

namespace signalbox::site {
namespace {

constexpr std::size_t manifest_limit = 256UL << 20U;  // bytes
constexpr std::size_t group_files = 64;
constexpr std::size_t group_limit = 8UL << 20U;  // bytes
// A manifest of more lines than twice its files, and these, is rewritten.
constexpr std::size_t spare_lines = 1000;
constexpr std::chrono::seconds patience{10};
constexpr std::chrono::milliseconds pause{50};

constexpr const char* manifest_name = "/.signalbox-site";
constexpr std::string_view being_written = "0";

// A path that the manifest may name: one of ours, whoever wrote the manifest.
bool is_site_path(std::string_view path) {
  if (path.empty() || path.front() == '/' || path.find("..") != std::string_view::npos) {
    return false;
  }
  for (const char c : path) {
    const bool usual = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '/' || c == '.' || c == '-' || c == '_';
    if (!usual) return false;
  }
  return path.starts_with("data/") || path.starts_with("badge/") ||
         path.find('/') == std::string_view::npos;
}

Result<os::KernelLock> acquire(os::Clock& clock, const std::string& path) {
  const auto begun = clock.monotonic();
  for (;;) {
    auto lock = os::KernelLock::try_acquire(path + manifest_name + ".lock");
    if (!lock) return std::unexpected(lock.error());
    if (*lock) return **std::move(lock);
    if (clock.monotonic() - begun > patience) {
      return fail(ErrorKind::Busy, "somebody else builds a site in '" + path + "'",
                  "try again when that build has ended");
    }
    clock.sleep(pause);
  }
}

std::string line_of(std::string_view digest, std::string_view path) {
  return "+ " + std::string(digest) + " " + std::string(path) + "\n";
}

}  // namespace

Result<Directory> Directory::open(os::FileSystem& fs, os::Clock& clock, const std::string& path) {
  if (auto made = os::make_directories(fs, path); !made) return std::unexpected(made.error());
  auto lock = acquire(clock, path);
  if (!lock) return std::unexpected(lock.error());
  Directory directory(fs, path, *std::move(lock));
  if (auto done = directory.read_manifest(); !done) return std::unexpected(done.error());
  return directory;
}

Status Directory::check_that_nobodys_file_is_at(std::string_view name) const {
  if (!fs_->status(path_ + "/" + std::string(name))) return {};
  return fail(ErrorKind::InvalidInput,
              "'" + path_ + "' holds a file that is not of a site built by signalbox: '" +
                  std::string(name) + "'",
              "name an empty directory, or move that file away");
}

Status Directory::read_manifest() {
  const auto bytes = fs_->read(path_ + manifest_name, manifest_limit);
  if (!bytes && bytes.error().kind != ErrorKind::NotFound) return std::unexpected(bytes.error());
  if (!bytes) {
    for (const char* name :
         {"index.html", "app.js", "app.css", "favicon.svg", "feed.xml", "badge", "data"}) {
      if (auto done = check_that_nobodys_file_is_at(name); !done) return done;
    }
    return append("= {}\n");
  }
  std::string_view rest = *bytes;
  for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    take_line(rest.substr(0, end));
    rest.remove_prefix(end + 1);
    ++lines_;
  }
  // A torn line must not run into the next one.
  if (!rest.empty()) {
    if (auto done = append("\n"); !done) return done;
  }
  const bool is_there = os::exists(*fs_, path_ + "/index.html");
  if (!is_there) {
    for (auto& [path, digest] : digests_) digest = being_written;
    made_from_ = Json::object();
  }
  return {};
}

void Directory::take_line(std::string_view line) {
  if (line.starts_with("= ")) {
    auto header = parse_json(line.substr(2));
    made_from_ = header && header->is_object() ? *std::move(header) : Json::object();
  } else if (line.starts_with("- ")) {
    const auto known = digests_.find(std::string(line.substr(2)));
    if (known != digests_.end()) digests_.erase(known);
  } else if (line.starts_with("+ ")) {
    line.remove_prefix(2);
    const auto space = line.find(' ');
    if (space == std::string_view::npos || !is_site_path(line.substr(space + 1))) return;
    digests_[std::string(line.substr(space + 1))] = line.substr(0, space);
  }
}

std::vector<std::string> Directory::paths() const {
  std::vector<std::string> paths;
  paths.reserve(digests_.size());
  for (const auto& [path, digest] : digests_) paths.push_back(path);
  return paths;
}

Status Directory::put(File file) {
  const auto known = digests_.find(file.path);
  if (known != digests_.end() && known->second == digest_text(file.bytes)) {
    ++figures_.unchanged;
    return {};
  }
  if (known == digests_.end()) {
    if (auto done = check_that_nobodys_file_is_at(file.path); !done) return done;
  }
  group_bytes_ += file.bytes.size();
  group_.push_back(std::move(file));
  return group_.size() < group_files && group_bytes_ < group_limit ? Status{} : flush();
}

// Whoever reads the manifest between the two appends knows that the files may have any bytes.
Status Directory::flush() {
  if (group_.empty()) return {};
  std::string begun;
  for (const File& file : group_) begun += line_of(being_written, file.path);
  if (auto done = append(begun); !done) return done;
  std::string written;
  for (const File& file : group_) {
    digests_[file.path] = being_written;
    const std::string place = path_ + "/" + file.path;
    const std::string directory = os::parent_of(place);
    if (!directories_[directory]) {
      if (auto made = os::make_directories(*fs_, directory); !made) return made;
      directories_[directory] = true;
    }
    if (auto done = os::replace_file(*fs_, place, file.bytes); !done) return done;
    std::string& digest = digests_[file.path] = digest_text(file.bytes);
    written += line_of(digest, file.path);
    changed_.push_back(file.path);
    ++figures_.written;
    figures_.bytes += file.bytes.size();
  }
  group_.clear();
  group_bytes_ = 0;
  return append(written);
}

Status Directory::remove(const std::string& path) {
  const auto known = digests_.find(path);
  if (known == digests_.end()) return {};
  const auto gone = fs_->unlink(path_ + "/" + path);
  if (!gone && gone.error().kind != ErrorKind::NotFound) return gone;
  digests_.erase(known);
  changed_.push_back(path);
  ++figures_.removed;
  return append("- " + path + "\n");
}

Status Directory::finish(const Json& made_from) {
  if (auto done = flush(); !done) return done;
  made_from_ = made_from;
  if (lines_ > digests_.size() * 2 + spare_lines) return rewrite_manifest();
  return append("= " + to_line(made_from_) + "\n");
}

Status Directory::append(const std::string& lines) {
  for (const char c : lines) lines_ += c == '\n' ? 1U : 0U;
  return fs_->append(path_ + manifest_name, lines);
}

Status Directory::rewrite_manifest() const {
  return os::replace_file(*fs_, path_ + manifest_name, manifest());
}

std::string Directory::manifest() const {
  std::string lines;
  for (const auto& [path, digest] : digests_) lines += line_of(digest, path);
  return lines + "= " + to_line(made_from_) + "\n";
}

}  // namespace signalbox::site
