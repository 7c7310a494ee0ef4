#include "serve/server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <set>

#include "base/text.h"

namespace signalbox::serve {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr unsigned most_connections = 2000;
constexpr std::size_t most_streams = 500;
constexpr std::size_t most_header_bytes = 8UL << 10U;
// Of a connection: a request's headers, and those of the answer.
constexpr std::size_t connection_memory = 16UL << 10U;
constexpr std::size_t most_waiting_bytes = 256UL << 10U;
constexpr seconds request_time{10};
constexpr seconds answer_time{120};
// Of silence, while an answer or a stream is written; a stream says something every 15 s.
constexpr unsigned silence_seconds = 30;
constexpr std::size_t stream_block = 4096;
constexpr int most_waiting_to_be_accepted = 512;
constexpr rlim_t files_beside_connections = 200;

struct Stream {
  MHD_Connection* connection = nullptr;
  std::string waiting;
  bool is_suspended = false, is_over = false;
};

// What a connection does, and since when.
struct Connection {
  enum class Does { Ask, Take, Follow } does = Does::Ask;
  int socket = -1;
  milliseconds since{0};
};

// The descriptors of the connections beside those of the program.
void raise_limit_of_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = most_connections + files_beside_connections;
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
  (void)::setrlimit(RLIMIT_NOFILE, &limit);  // fewer connections then
}

Response refusal(unsigned status, const std::string& text) {
  return {.status = status, .content_type = "text/plain; charset=utf-8", .body = text + "\n"};
}

struct Bounded {
  std::map<std::string, std::string>* values;
  std::size_t bytes = 0;
  bool lower_case = false;
};

MHD_Result take_value(void* into, MHD_ValueKind /*kind*/, const char* name, const char* value) {
  auto& bounded = *static_cast<Bounded*>(into);
  std::string key(name);
  if (bounded.lower_case) {
    std::ranges::transform(key, key.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  }
  const std::string text(value == nullptr ? "" : value);
  bounded.bytes += key.size() + text.size();
  bounded.values->try_emplace(key, text);
  return MHD_YES;
}

}  // namespace

bool Address::is_loopback() const {
  return host.starts_with("127.") || host == "::1";
}

std::string Address::text() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Address> parse_address(std::string_view text) {
  const auto wrong = [&] {
    return fail(ErrorKind::InvalidInput,
                "'" + printable(text, 80) + "' is not an address to listen at",
                "as 127.0.0.1:8080, [::1]:8080 or 0.0.0.0:8080");
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong();
  std::string host(text.substr(0, colon));
  const std::string_view digits = text.substr(colon + 1);
  constexpr std::size_t most_digits = 5;
  constexpr double most_port = 65535;
  const bool are_digits = std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  const auto port = parse_number(digits);
  if (!are_digits || digits.size() > most_digits || !port || *port > most_port) return wrong();
  if (host == "localhost") host = "127.0.0.1";
  in6_addr address{};
  const bool is_v6 = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (is_v6) host = host.substr(1, host.size() - 2);
  if (::inet_pton(is_v6 ? AF_INET6 : AF_INET, host.c_str(), &address) != 1) return wrong();
  return Address{host, static_cast<int>(*port)};
}

struct Server::Impl {
  Impl(os::Clock& with_clock, Address at) : clock(with_clock), address(std::move(at)) {}

  os::Clock& clock;
  Address address;
  int socket = -1;
  Handler handler;
  MHD_Daemon* daemon = nullptr;
  mutable std::mutex mutex;  // of what follows
  std::set<Stream*> streams;
  std::set<Connection*> connections;

  static void on_connection(void* self, MHD_Connection* connection, void** context,
                            MHD_ConnectionNotificationCode code) {
    auto& impl = *static_cast<Impl*>(self);
    const std::lock_guard guard(impl.mutex);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
      const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
      auto made = std::make_unique<Connection>();
      made->socket = info == nullptr ? -1 : info->connect_fd;
      made->since = impl.clock.monotonic();
      *context = made.get();
      impl.connections.insert(made.release());
    } else if (*context != nullptr) {
      // Its socket is open until this returns: end_the_slow() shuts down no other's.
      auto* ended = static_cast<Connection*>(*context);
      impl.connections.erase(ended);
      delete ended;
      *context = nullptr;
    }
  }

  void now_does(MHD_Connection* connection, Connection::Does does) {
    const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    if (info == nullptr || info->socket_context == nullptr) return;
    auto* known = static_cast<Connection*>(info->socket_context);
    const std::lock_guard guard(mutex);
    known->does = does;
    known->since = clock.monotonic();
  }

  static void on_completed(void* self, MHD_Connection* connection, void** /*context*/,
                           MHD_RequestTerminationCode code) {
    if (code != MHD_REQUEST_TERMINATED_COMPLETED_OK) return;
    static_cast<Impl*>(self)->now_does(connection, Connection::Does::Ask);
  }

  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* url,
                               const char* method, const char* /*version*/, const char* /*upload*/,
                               std::size_t* /*upload_size*/, void** /*context*/) {
    return static_cast<Impl*>(self)->answer(connection, url, method);
  }

  Response response_to(MHD_Connection* connection, const std::string& path,
                       const std::string& method) const {
    Request request{.path = path, .query = {}, .headers = {}};
    Bounded headers{.values = &request.headers, .lower_case = true};
    Bounded query{.values = &request.query};
    MHD_get_connection_values(connection, MHD_HEADER_KIND, take_value, &headers);
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, take_value, &query);
    if (path.size() + headers.bytes + query.bytes > most_header_bytes) {
      return refusal(http::headers_too_large, "the request is too large");
    }
    if (method != "GET" && method != "HEAD") {
      Response response = refusal(http::method_not_allowed, "only GET and HEAD are answered");
      response.headers = {{"Allow", "GET, HEAD"}, {"Connection", "close"}};
      return response;
    }
    const std::string length = request.header("content-length");
    if (!request.header("transfer-encoding").empty() || (!length.empty() && length != "0")) {
      Response response = refusal(http::bad_request, "a request may have no body");
      response.headers = {{"Connection", "close"}};
      return response;
    }
    return handler(request);
  }

  MHD_Result answer(MHD_Connection* connection, const char* url, const char* method) {
    Response response = response_to(connection, url, method);
    const bool is_stream = response.is_stream && std::strcmp(method, "GET") == 0;
    MHD_Response* made =
        is_stream ? stream_of(connection, response.body)
                  : MHD_create_response_from_buffer(response.body.size(), response.body.data(),
                                                    MHD_RESPMEM_MUST_COPY);
    if (is_stream && made == nullptr) {
      response = refusal(http::unavailable, "too many pages are open; this one polls");
      response.headers = {{"Retry-After", "60"}};
      made = MHD_create_response_from_buffer(response.body.size(), response.body.data(),
                                             MHD_RESPMEM_MUST_COPY);
    }
    if (made == nullptr) return MHD_NO;
    MHD_add_response_header(made, "Content-Type", response.content_type.c_str());
    for (const auto& [name, value] : response.headers) {
      MHD_add_response_header(made, name.c_str(), value.c_str());
    }
    now_does(connection, is_stream ? Connection::Does::Follow : Connection::Does::Take);
    const MHD_Result queued = MHD_queue_response(connection, response.status, made);
    MHD_destroy_response(made);
    return queued;
  }

  // Nothing when there are too many.
  MHD_Response* stream_of(MHD_Connection* connection, const std::string& beginning) {
    auto stream = std::make_unique<StreamOfServer>();
    stream->server = this;
    stream->connection = connection;
    stream->waiting = beginning;
    const std::lock_guard guard(mutex);
    if (streams.size() >= most_streams) return nullptr;
    MHD_Response* made = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, stream_block,
                                                           read_stream, stream.get(), free_stream);
    if (made != nullptr) streams.insert(stream.release());
    return made;
  }

  struct StreamOfServer : Stream {
    Impl* server = nullptr;
  };

  // With nothing to say a stream sleeps until broadcast() wakes it.
  static ssize_t read_stream(void* context, std::uint64_t /*position*/, char* into,
                             std::size_t most) {
    auto& stream = *static_cast<StreamOfServer*>(context);
    const std::lock_guard guard(stream.server->mutex);
    if (stream.is_over) return MHD_CONTENT_READER_END_OF_STREAM;
    const std::size_t size = std::min(most, stream.waiting.size());
    if (size == 0) {
      stream.is_suspended = true;
      MHD_suspend_connection(stream.connection);
      return 0;
    }
    std::copy_n(stream.waiting.begin(), size, into);
    stream.waiting.erase(0, size);
    return static_cast<ssize_t>(size);
  }

  static void free_stream(void* context) {
    auto* stream = static_cast<StreamOfServer*>(context);
    {
      const std::lock_guard guard(stream->server->mutex);
      stream->server->streams.erase(stream);
    }
    delete stream;
  }
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
  if (impl_->daemon != nullptr) {
    // A connection that sleeps cannot be ended.
    std::vector<MHD_Connection*> asleep;
    {
      const std::lock_guard guard(impl_->mutex);
      for (Stream* stream : impl_->streams) {
        stream->is_over = true;
        if (std::exchange(stream->is_suspended, false)) asleep.push_back(stream->connection);
      }
    }
    for (MHD_Connection* connection : asleep) MHD_resume_connection(connection);
    MHD_stop_daemon(impl_->daemon);  // closes the socket too
  } else if (impl_->socket >= 0) {
    ::close(impl_->socket);
  }
}

Result<std::unique_ptr<Server>> Server::listen(os::Clock& clock, const Address& address) {
  raise_limit_of_files();
  const bool is_v6 = address.host.find(':') != std::string::npos;
  sockaddr_storage place{};
  socklen_t size = is_v6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  auto* v4 = reinterpret_cast<sockaddr_in*>(&place);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&place);
  place.ss_family = is_v6 ? AF_INET6 : AF_INET;
  (is_v6 ? v6->sin6_port : v4->sin_port) = htons(static_cast<std::uint16_t>(address.port));
  void* host = is_v6 ? static_cast<void*>(&v6->sin6_addr) : static_cast<void*>(&v4->sin_addr);
  if (::inet_pton(place.ss_family, address.host.c_str(), host) != 1) {
    return fail(ErrorKind::InvalidInput, "'" + printable(address.host, 80) + "' is no address");
  }
  auto impl = std::make_unique<Impl>(clock, address);
  impl->socket = ::socket(place.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  std::unique_ptr<Server> server(new Server(std::move(impl)));
  const int socket = server->impl_->socket;
  const int yes = 1;
  (void)::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  auto* generic = reinterpret_cast<sockaddr*>(&place);
  if (socket < 0 || ::bind(socket, generic, size) != 0 ||
      ::listen(socket, most_waiting_to_be_accepted) != 0 ||
      ::getsockname(socket, generic, &size) != 0) {
    const int error = errno;
    if (error == EADDRINUSE) {
      return fail(ErrorKind::Busy, "another program listens at " + address.text(),
                  "name another address with --listen");
    }
    return std::unexpected(system_error(error, "cannot listen at " + address.text()));
  }
  server->impl_->address.port = ntohs(is_v6 ? v6->sin6_port : v4->sin_port);
  return server;
}

Status Server::start(Handler handler) {
  impl_->handler = std::move(handler);
  impl_->daemon = MHD_start_daemon(
      MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, nullptr, nullptr,
      &Impl::on_request, impl_.get(), MHD_OPTION_LISTEN_SOCKET, impl_->socket,
      MHD_OPTION_CONNECTION_LIMIT, most_connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
      connection_memory, MHD_OPTION_CONNECTION_TIMEOUT, silence_seconds,
      MHD_OPTION_NOTIFY_CONNECTION, &Impl::on_connection, impl_.get(), MHD_OPTION_NOTIFY_COMPLETED,
      &Impl::on_completed, impl_.get(), MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
  if (impl_->daemon == nullptr) {
    return fail(ErrorKind::Internal, "the HTTP server could not be started");
  }
  return {};
}

const Address& Server::address() const {
  return impl_->address;
}

std::size_t Server::streams() const {
  const std::lock_guard guard(impl_->mutex);
  return impl_->streams.size();
}

std::size_t Server::connections() const {
  const std::lock_guard guard(impl_->mutex);
  return impl_->connections.size();
}

void Server::broadcast(const std::string& text) {
  std::vector<MHD_Connection*> asleep;
  {
    const std::lock_guard guard(impl_->mutex);
    for (Stream* stream : impl_->streams) {
      stream->waiting += text;
      if (stream->waiting.size() > most_waiting_bytes) stream->is_over = true;
      if (std::exchange(stream->is_suspended, false)) asleep.push_back(stream->connection);
    }
  }
  // One that sleeps is not ended by anybody else, so it is there still.
  for (MHD_Connection* connection : asleep) MHD_resume_connection(connection);
}

void Server::end_the_slow() {
  const std::lock_guard guard(impl_->mutex);
  const auto now = impl_->clock.monotonic();
  for (const Connection* connection : impl_->connections) {
    if (connection->does == Connection::Does::Follow) continue;
    const seconds allowed = connection->does == Connection::Does::Ask ? request_time : answer_time;
    if (now - connection->since > allowed) (void)::shutdown(connection->socket, SHUT_RDWR);
  }
}

}  // namespace signalbox::serve
