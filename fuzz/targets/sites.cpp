// What strangers say, on its way into pages and feeds, and addresses of sites.
#include "base/text.h"
#include "site/feed.h"
#include "site/naming.h"
#include "site/run_json.h"
#include "site/text.h"
#include "target.h"

namespace signalbox::fuzz {
namespace {

void sites(std::string_view bytes) {
  const std::string text = site::html(bytes);
  require(text.find_first_of("<>\"'") == std::string::npos);
  require(valid_utf8(text) == text);
  const Json value = valid_utf8(bytes);
  const std::string safe = site::script_safe(to_line(value));
  for (const char c : safe) require(c >= ' ' && c < 0x7F && c != '<' && c != '>' && c != '&');
  require(parse_json(safe).value_or(Json()) == value);
  if (const auto run = site::parse_run(bytes)) {
    const auto again = site::parse_run(site::format_run(*run));
    require(again.has_value());
  }
  const std::string page = site::web_page_of(bytes);
  require(page.empty() || (page.starts_with("https://") && site::html(page) == page));
  if (const auto base = site::parse_base_url(bytes)) {
    require(base->ends_with('/') && base->find_first_of("\"<> ") == std::string::npos);
  }
  (void)site::repository_name(bytes);
}

const Target target("sites", sites);

}  // namespace
}  // namespace signalbox::fuzz
