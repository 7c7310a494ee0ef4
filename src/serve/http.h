// A request of a browser and what is answered to it, as values: what serve/server.h carries.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signalbox::serve {

struct Request {
  std::string path;                            // unescaped, with the "/" it begins with
  std::map<std::string, std::string> query;    // unescaped
  std::map<std::string, std::string> headers;  // by name in lower case; the first of each
  [[nodiscard]] std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
};

namespace http {
inline constexpr unsigned ok = 200;
inline constexpr unsigned see_other = 303;
inline constexpr unsigned not_modified = 304;
inline constexpr unsigned bad_request = 400;
inline constexpr unsigned unauthorized = 401;
inline constexpr unsigned forbidden = 403;
inline constexpr unsigned not_found = 404;
inline constexpr unsigned method_not_allowed = 405;
inline constexpr unsigned headers_too_large = 431;
inline constexpr unsigned internal_error = 500;
inline constexpr unsigned unavailable = 503;
}  // namespace http

struct Response {
  unsigned status = http::ok;
  std::string content_type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // besides those that all have
  bool is_stream = false;  // stays open, begins with `body`, goes on with what is broadcast
};

}  // namespace signalbox::serve
