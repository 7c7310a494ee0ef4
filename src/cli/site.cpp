// signalbox site: the dashboard as files.
#include "base/text.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "site/naming.h"
#include "site/update.h"

namespace signalbox::cli {
namespace {

struct Options {
  std::string repository, out, base_url;
  bool json = false;
};

void print_outcome(const site::Directory::Figures& figures, const std::string& tip,
                   const Options& options) {
  if (options.json) {
    print(to_pretty({{"out", options.out},
                     {"tip", tip},
                     {"written", figures.written},
                     {"bytes", figures.bytes},
                     {"unchanged", figures.unchanged},
                     {"removed", figures.removed}}) +
          "\n");
    return;
  }
  if (figures.written + figures.removed == 0) {
    print("nothing has changed\n");
    return;
  }
  print(std::to_string(figures.written) + (figures.written == 1 ? " file" : " files") + " written" +
        (figures.removed > 0 ? ", " + std::to_string(figures.removed) + " removed" : "") + "\n");
}

Result<int> build(Environment& environment, const Options& options) {
  if (options.out.empty()) {
    return fail(ErrorKind::InvalidInput, "'signalbox site build' needs --out",
                "for example: signalbox site build --out public");
  }
  const auto clone =
      find_repository(environment, asked_repository(environment, options.repository));
  if (!clone) return std::unexpected(clone.error());
  const auto session = Session::open(environment.fs, environment.clock, *clone);
  if (!session) return std::unexpected(session.error());
  if (!options.base_url.empty()) {
    if (const auto url = site::parse_base_url(options.base_url); !url) {
      return std::unexpected(url.error());
    }
  }
  const auto shown = site::what_is_shown(environment.fs, *clone, **session);
  if (!shown) return std::unexpected(shown.error());
  auto directory =
      site::Directory::open(environment.fs, environment.clock, absolute_path(options.out));
  if (!directory) return std::unexpected(directory.error());

  std::optional<ProgressLine> line;
  line.emplace(environment.clock, "building the site", "building the site, step");
  const auto told = [&](std::size_t count, std::size_t total) { line->update(count, total); };
  const site::Updating updating{.base_url = options.base_url,
                                .reports = {.deriving = told, .making = told}};
  const auto done = site::update(environment.fs, *clone, **session, *shown, updating, *directory);
  line.reset();
  if (!done) return std::unexpected(done.error());
  print_outcome(directory->figures(), shown->tip, options);
  return 0;
}

int site_build(Environment& environment, const Arguments& arguments) {
  Options options;
  CommandLine line("site build", "--out DIR [OPTIONS]",
                   "Write the dashboard as files that work from any web server, and from the disk.",
                   "Examples:\n"
                   "  signalbox site build --out public\n"
                   "  signalbox site build --out /srv/www/jobs --base-url https://lab.org/jobs/\n"
                   "  signalbox site build -C ~/monitor --out public --json\n\n"
                   "Files whose bytes stay the same are left alone, and so is what Signalbox did "
                   "not write.\nExit codes: 0 built; 2 wrong usage, or DIR holds other people's "
                   "files; 75 somebody else\nbuilds there.");
  line.text("--out", options.out, "the directory; made when there is none");
  line.text("--base-url", options.base_url, "where the site will be, for the links of its feed");
  line.text("-C,--repository", options.repository, "the monitor repository");
  line.flag("--json", options.json, "as JSON");
  if (const auto ended = line.parse(arguments)) return *ended;
  const auto built = build(environment, options);
  if (built) return *built;
  print_error(built.error());
  return exit_code(built.error().kind);
}

constexpr const char* overview =
    "The dashboard: jobs, runs, alerts, logs and health as web pages.\n\n"
    "Usage: signalbox site build --out DIR [OPTIONS]\n\n"
    "'signalbox site build --help' has examples.\n";

}  // namespace

int site_command(Environment& environment, const Arguments& arguments) {
  const std::string action = arguments.empty() ? std::string() : arguments.front();
  const Arguments rest(arguments.begin() + (arguments.empty() ? 0 : 1), arguments.end());
  if (action == "build") return site_build(environment, rest);
  if (action == "--help" || action == "-h") {
    print(overview);
    return 0;
  }
  print_error({ErrorKind::InvalidInput,
               action.empty() ? "'signalbox site' needs a word: build"
                              : "there is no 'signalbox site " + printable(action, 40) + "'",
               "see 'signalbox site --help'"});
  return exit_code(ErrorKind::InvalidInput);
}

}  // namespace signalbox::cli
