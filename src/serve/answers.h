// What is at which address: the site's files, and /api/v1 and /metrics made from them
// (share/openapi.json). Nothing but files of the site is read, so an answer costs the publishers
// nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "os/clock.h"
#include "serve/gate.h"
#include "serve/http.h"
#include "serve/site_files.h"

namespace signalbox::serve {

// What the server says of itself.
struct Load {
  std::size_t connections = 0, streams = 0;
};

class Answers {
 public:
  Answers(os::Clock& clock, const SiteFiles& files, Gate gate, std::function<Load()> load)
      : clock_(clock), files_(files), gate_(std::move(gate)), load_(std::move(load)) {}

  // By one thread.
  [[nodiscard]] Response answer(const Request& request);

 private:
  [[nodiscard]] Response routed(const Request& request) const;
  [[nodiscard]] Response file(const Request& request) const;
  [[nodiscard]] Response api(const std::string& path, const Request& request) const;

  os::Clock& clock_;
  const SiteFiles& files_;
  Gate gate_;
  std::function<Load()> load_;
  std::uint64_t requests_ = 0, refused_ = 0;
};

}  // namespace signalbox::serve
