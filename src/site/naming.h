// What the site is called and where it belongs. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "site/overview.h"

namespace signalbox::site {

// The web page of a repository by the address that git uses, where a known forge has it; empty
// otherwise. No user name, password or port of the address is in it.
[[nodiscard]] std::string web_page_of(std::string_view remote_url);

// "monitor" of "git@github.com:lab/monitor.git" or "/srv/git/monitor.git"
[[nodiscard]] std::string repository_name(std::string_view address);

// An address as "https://lab.github.io/monitor", with a slash at the end. InvalidInput for others.
[[nodiscard]] Result<std::string> parse_base_url(std::string_view text);

}  // namespace signalbox::site
