// Who may ask: decided before anything is looked up.
//
// Without a token only programs of this machine can connect; but a browser here also carries out
// what pages of strangers say. So the Host must be a loopback name (a stranger's name that resolves
// to 127.0.0.1 is "DNS rebinding"), and a request that another site's page makes is refused unless
// a person follows a link. With a token every request must have it, in `Authorization: Bearer` or
// in the cookie that an address with ?token= sets once.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "serve/http.h"

namespace signalbox::serve {

// 16 to 256 of [A-Za-z0-9._~-]: a cookie and an address carry it as it is.
[[nodiscard]] Result<std::string> parse_token(std::string_view text);

class Gate {
 public:
  // `token`: empty for none. `port`: two servers of one host have different cookies.
  Gate(std::string token, int port);

  // The answer to a request that may not pass, or that is sent on.
  [[nodiscard]] std::optional<Response> stop(const Request& request) const;

 private:
  [[nodiscard]] bool has_token(const Request& request) const;

  std::string token_, cookie_;
};

}  // namespace signalbox::serve
