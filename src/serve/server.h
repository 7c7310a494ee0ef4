// An HTTP server for GET and HEAD, bounded in everything a client can ask for:
//
//   2,000 connections     more wait to be accepted
//   8 KiB of headers      431 above
//   10 s                  from the connection, or the last answer, to the end of a request's
//   headers 120 s                 for a client to take an answer, however large 500 streams 503
//   above; one that lets 256 KiB wait is ended
//
// Request bodies are refused. No TLS: on a network, behind a proxy that has it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "os/clock.h"
#include "serve/http.h"

namespace signalbox::serve {

// "127.0.0.1:8080", "[::1]:8080" or "localhost:8080"; no other names, so that no name service is
// asked. Port 0: any that is free.
struct Address {
  std::string host;  // 127.0.0.1 or ::1
  int port = 0;
  [[nodiscard]] bool is_loopback() const;
  [[nodiscard]] std::string text() const;
};
[[nodiscard]] Result<Address> parse_address(std::string_view text);

class Server {
 public:
  // Called by the server's one thread.
  using Handler = std::function<Response(const Request&)>;

  // Listens when it returns; with the port that was taken. Busy when another program has it.
  [[nodiscard]] static Result<std::unique_ptr<Server>> listen(os::Clock& clock,
                                                              const Address& address);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // Answers from now on. Once.
  [[nodiscard]] Status start(Handler handler);

  [[nodiscard]] const Address& address() const;
  [[nodiscard]] std::size_t streams() const;
  [[nodiscard]] std::size_t connections() const;

  // To every open stream. By one thread.
  void broadcast(const std::string& text);
  // Ends the connections that have used up their time. To be called about every second.
  void end_the_slow();

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace signalbox::serve
