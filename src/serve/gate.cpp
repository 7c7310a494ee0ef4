#include "serve/gate.h"

#include <algorithm>

#include "base/text.h"

namespace signalbox::serve {
namespace {

constexpr std::size_t shortest_token = 16;
constexpr std::size_t longest_token = 256;

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '~' || c == '-';
}

// Takes as long for a token that is nearly right as for one that is quite wrong.
bool is_equal(std::string_view said, std::string_view token) {
  unsigned difference = said.size() == token.size() ? 0 : 1;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const char c = i < said.size() ? said[i] : '\0';
    difference |= static_cast<unsigned char>(c) ^ static_cast<unsigned char>(token[i]);
  }
  return difference == 0;
}

// Any port: a tunnel may have another one at its other end.
bool is_loopback_name(std::string_view host) {
  const auto colon = host.rfind(':');
  const bool has_port = colon != std::string_view::npos && !host.ends_with(']');
  const std::string_view name = has_port ? host.substr(0, colon) : host;
  return name == "localhost" || name == "127.0.0.1" || name == "[::1]";
}

bool is_of_another_site(const Request& request) {
  const std::string site = request.header("sec-fetch-site");
  return (site == "cross-site" || site == "same-site") &&
         request.header("sec-fetch-mode") != "navigate";
}

Response refusal(unsigned status, const std::string& text) {
  return {.status = status, .content_type = "text/plain; charset=utf-8", .body = text + "\n"};
}

std::string cookie_of(const Request& request, const std::string& name) {
  const std::string all = request.header("cookie");
  std::string_view rest = all;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(';'), rest.size());
    const std::string_view pair = trimmed(rest.substr(0, end));
    if (pair.starts_with(name + "=")) return std::string(pair.substr(name.size() + 1));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

// The same place without the token, which must stay in no history. Only characters that lead
// nowhere else: "//host" would be another site.
std::string without_token(const Request& request) {
  const bool is_plain =
      std::ranges::all_of(request.path, [](char c) { return is_unreserved(c) || c == '/'; });
  return is_plain && !request.path.starts_with("//") ? request.path : "/";
}

}  // namespace

Result<std::string> parse_token(std::string_view text) {
  const std::string_view token = trimmed(text);
  if (token.size() < shortest_token || token.size() > longest_token ||
      !std::ranges::all_of(token, is_unreserved)) {
    return fail(ErrorKind::InvalidInput,
                "the token is not 16 to 256 letters, digits and '.', '_', '~', '-'",
                "for example: openssl rand -hex 24");
  }
  return std::string(token);
}

Gate::Gate(std::string token, int port)
    : token_(std::move(token)), cookie_("signalbox-" + std::to_string(port)) {}

bool Gate::has_token(const Request& request) const {
  constexpr std::string_view scheme = "Bearer ";
  const std::string authorization = request.header("authorization");
  if (authorization.starts_with(scheme)) {
    return is_equal(std::string_view(authorization).substr(scheme.size()), token_);
  }
  return is_equal(cookie_of(request, cookie_), token_);
}

std::optional<Response> Gate::stop(const Request& request) const {
  if (token_.empty() && !is_loopback_name(request.header("host"))) {
    return refusal(http::forbidden,
                   "this server answers to localhost, 127.0.0.1 and [::1]; give it a token to "
                   "reach it by another name");
  }
  if (is_of_another_site(request)) {
    return refusal(http::forbidden, "pages of other sites may not read this one");
  }
  if (token_.empty()) return std::nullopt;
  const auto said = request.query.find("token");
  if (said != request.query.end() && is_equal(said->second, token_)) {
    Response response = refusal(http::see_other, "the token is in a cookie now");
    response.headers = {
        {"Location", without_token(request)},
        {"Set-Cookie", cookie_ + "=" + token_ + "; Path=/; HttpOnly; SameSite=Lax"}};
    return response;
  }
  if (has_token(request)) return std::nullopt;
  Response response = refusal(http::unauthorized,
                              "a token is needed: Authorization: Bearer, or once ?token= in the "
                              "address");
  response.headers = {{"WWW-Authenticate", "Bearer"}};
  return response;
}

}  // namespace signalbox::serve
