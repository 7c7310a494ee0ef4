#include "serve/site_files.h"

#include "base/text.h"

namespace signalbox::serve {
namespace {

// What is between the first of `before` and the last of `after`.
Result<std::string> between(const std::string& text, std::string_view before,
                            std::string_view after, const std::string& path) {
  const auto begin = text.find(before);
  const auto end = text.rfind(after);
  if (begin == std::string::npos || end == std::string::npos || end < begin + before.size()) {
    return fail(ErrorKind::Corrupt, "'" + path + "' is not as it was built");
  }
  return text.substr(begin + before.size(), end - begin - before.size());
}

}  // namespace

void SiteFiles::replace(const std::vector<std::string>& paths, const Progress& progress) {
  std::unordered_set<std::string> known(paths.begin(), paths.end());
  const std::lock_guard guard(mutex_);
  paths_ = std::move(known);
  const std::size_t builds = progress_.builds + 1;
  progress_ = progress;
  progress_.builds = builds;
}

void SiteFiles::note_error(const std::string& error) {
  const std::lock_guard guard(mutex_);
  progress_.error = error;
}

Progress SiteFiles::progress() const {
  const std::lock_guard guard(mutex_);
  return progress_;
}

Result<std::string> SiteFiles::read(const std::string& path) const {
  {
    const std::lock_guard guard(mutex_);
    if (!paths_.contains(path)) {
      return fail(ErrorKind::NotFound, "there is no '" + printable(path, 100) + "'");
    }
  }
  return fs_.read(directory_ + "/" + path, site_file_limit);
}

Result<std::string> SiteFiles::snapshot() const {
  const std::string path = "index.html";
  const auto page = read(path);
  if (!page) return page;
  return between(*page, "id=\"snapshot\">", "</script>", path);
}

Result<std::string> SiteFiles::shard(const std::string& path) const {
  const auto text = read(path);
  if (!text) return text;
  return between(*text, "\", ", ");", path);
}

Result<Json> parse_own(const std::string& text) {
  constexpr int most_fields = 10'000'000;
  return parse_json(text, {.depth = max_json_depth + 4, .fields = most_fields});
}

}  // namespace signalbox::serve
