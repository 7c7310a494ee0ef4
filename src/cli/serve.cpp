// signalbox serve: the dashboard, live.
#include <utility>

#include "base/text.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "os/host.h"
#include "serve/answers.h"
#include "serve/renewal.h"
#include "serve/server.h"

namespace signalbox::cli {
namespace {

using std::chrono::seconds;

constexpr std::size_t token_file_limit = 4096;
constexpr seconds alive_every{15};

struct Options {
  std::string repository;
  std::string listen = "127.0.0.1:8080";
  std::string token_file;
};

// Empty for none.
Result<std::string> token_of(Environment& environment, const Options& options) {
  if (!options.token_file.empty()) {
    const auto bytes = environment.fs.read(options.token_file, token_file_limit);
    return bytes ? serve::parse_token(*bytes) : std::unexpected(bytes.error());
  }
  const auto token = os::environment("SIGNALBOX_TOKEN");
  return token ? serve::parse_token(*token) : Result<std::string>{std::string()};
}

class Service {
 public:
  Service(Environment& environment, serve::Renewal renewal, serve::Server& server)
      : environment_(environment), renewal_(std::move(renewal)), server_(server) {}

  [[noreturn]] void run() {
    auto said_alive = environment_.clock.monotonic();
    for (;;) {
      renewal_.wait();
      renew();
      server_.end_the_slow();
      const auto now = environment_.clock.monotonic();
      if (now - said_alive < alive_every) continue;
      said_alive = now;
      server_.broadcast("event: alive\ndata: {}\n\n");
    }
  }

 private:
  // What goes wrong is told once, until it went well again.
  void renew() {
    const auto renewed = renewal_.renew({});
    const std::string error = renewed ? std::string() : renewed.error().what;
    if (error != std::exchange(told_, error) && !error.empty()) print_warning(error);
    if (renewed && !renewed->changed.empty()) server_.broadcast(serve::changed_event(*renewed));
  }

  Environment& environment_;
  serve::Renewal renewal_;
  serve::Server& server_;
  std::string told_;
};

// Returns only what keeps it from serving.
Result<int> serve_clone(Environment& environment, const Options& options) {
  auto& [fs, clock] = environment;
  const auto address = serve::parse_address(options.listen);
  if (!address) return std::unexpected(address.error());
  auto token = token_of(environment, options);
  if (!token) return std::unexpected(token.error());
  if (token->empty() && !address->is_loopback()) {
    return fail(ErrorKind::InvalidInput,
                "others can connect to " + address->text() + ", so a token is needed",
                "write one to a file, 'openssl rand -hex 24 > token', and name it with "
                "--token-file");
  }
  const auto clone =
      find_repository(environment, asked_repository(environment, options.repository));
  if (!clone) return std::unexpected(clone.error());
  const auto server = serve::Server::listen(clock, *address);
  if (!server) return std::unexpected(server.error());
  const std::string place = serve::directory_of(*clone);
  auto directory = site::Directory::open(fs, clock, place);
  if (!directory && directory.error().kind == ErrorKind::Busy) {
    return fail(ErrorKind::Busy, "another 'signalbox serve' of this clone runs on this host",
                "use that one, or end it first");
  }
  if (!directory) return std::unexpected(directory.error());

  serve::SiteFiles files(fs, place);
  serve::Renewal renewal(fs, clock, *clone, *directory, files);
  {
    ProgressLine line(clock, "building the pages", "building the pages, step");
    const auto told = [&](std::size_t count, std::size_t total) { line.update(count, total); };
    const auto first = renewal.renew({.deriving = told, .making = told});
    if (!first) return std::unexpected(first.error());
  }
  serve::Answers answers(clock, files, serve::Gate(*std::move(token), (*server)->address().port),
                         [&]() {
                           return serve::Load{.connections = (*server)->connections(),
                                              .streams = (*server)->streams()};
                         });
  const auto started =
      (*server)->start([&](const serve::Request& request) { return answers.answer(request); });
  if (!started) return std::unexpected(started.error());
  print("serving " +
        printable(clone->worktree.empty() ? clone->common_directory : clone->worktree, 300) +
        " at http://" + (*server)->address().text() + "/\n");
  Service(environment, std::move(renewal), **server).run();
}

}  // namespace

int serve_command(Environment& environment, const Arguments& arguments) {
  Options options;
  CommandLine line("serve", "[OPTIONS]",
                   "Show the dashboard in browsers, live: a report is on the screen in a second.",
                   "Examples:\n"
                   "  signalbox serve -C ~/monitor\n"
                   "  ssh -L 8080:localhost:8080 login.cluster signalbox serve -C monitor\n"
                   "  openssl rand -hex 24 > ~/.signalbox-token\n"
                   "  signalbox serve --listen 0.0.0.0:8080 --token-file ~/.signalbox-token\n\n"
                   "Beyond this machine only with a token, from the file or $SIGNALBOX_TOKEN:\n"
                   "open http://HOST:8080/?token=... once, or send Authorization: Bearer.\n"
                   "It only reads and shows what the clone has: 'signalbox watch' or cron brings\n"
                   "the remote's news. Also there: /api/v1/ (share/openapi.json), /metrics.\n\n"
                   "SIGTERM ends it at any moment.\n"
                   "Exit codes: 1 cannot; 2 wrong usage; 75 the address is taken, or another\n"
                   "serve of this clone runs on this host.");
  line.text("-C,--repository", options.repository, "the monitor repository");
  line.text("--listen", options.listen, "where to listen (default 127.0.0.1:8080)");
  line.text("--token-file", options.token_file, "a file with the token");
  if (const auto ended = line.parse(arguments)) return *ended;
  const auto served = serve_clone(environment, options);
  if (served) return *served;
  print_error(served.error());
  return exit_code(served.error().kind);
}

}  // namespace signalbox::cli
