#include "site/naming.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace signalbox::site {
namespace {

constexpr std::size_t longest_address = 2000;

std::string_view without_ending(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  if (path.ends_with(".git")) path.remove_suffix(4);
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

bool is_path_of_a_forge(std::string_view path) {
  return !path.empty() && std::ranges::all_of(path, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '-' || c == '_' || c == '.';
  });
}

}  // namespace

std::string web_page_of(std::string_view remote_url) {
  constexpr std::array<std::string_view, 4> forges{"github.com", "gitlab.com", "codeberg.org",
                                                   "bitbucket.org"};
  std::string_view rest = remote_url;
  const auto scheme = rest.find("://");
  const bool is_scp = scheme == std::string_view::npos;  // "git@github.com:lab/monitor.git"
  if (!is_scp) rest.remove_prefix(scheme + 3);
  const auto end = rest.find(is_scp ? ':' : '/');
  if (end == std::string_view::npos) return {};
  std::string_view host = rest.substr(0, end);
  const std::string_view path = without_ending(rest.substr(end + 1));
  if (const auto at = host.rfind('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
  host = host.substr(0, host.find(':'));
  const bool is_known = std::ranges::find(forges, host) != forges.end();
  if (!is_known || !is_path_of_a_forge(path)) return {};
  return "https://" + std::string(host) + "/" + std::string(path);
}

std::string repository_name(std::string_view address) {
  const std::string_view path = without_ending(address);
  const auto slash = path.find_last_of("/:");
  return valid_utf8(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

Result<std::string> parse_base_url(std::string_view text) {
  const bool is_web = text.starts_with("https://") || text.starts_with("http://");
  const bool is_plain = std::ranges::all_of(text, [](char c) {
    return c > ' ' && c < 0x7F && c != '"' && c != '<' && c != '>' && c != '#' && c != '?' &&
           c != '@';
  });
  if (!is_web || !is_plain || text.size() > longest_address || text.ends_with("://")) {
    return fail(ErrorKind::InvalidInput,
                "the address '" + printable(text, 80) + "' is none of a web site",
                "for example --base-url https://lab.github.io/monitor/");
  }
  return std::string(text) + (text.ends_with('/') ? "" : "/");
}

}  // namespace signalbox::site
