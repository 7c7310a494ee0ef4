// signalbox site: the dashboard as files.
#include "base/text.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "site/naming.h"
#include "site/publish.h"
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

void print_published(const site::Published& done, bool json) {
  if (json) {
    print(to_pretty({{"branch", done.branch},
                     {"commit", done.commit},
                     {"tip", done.tip},
                     {"written", done.written},
                     {"bytes", done.bytes},
                     {"removed", done.removed}}) +
          "\n");
    return;
  }
  if (done.written + done.removed == 0) {
    print("the branch '" + done.branch + "' shows all that is published\n");
    return;
  }
  print("published " + std::to_string(done.written) + (done.written == 1 ? " file" : " files") +
        " to the branch '" + done.branch + "'" +
        (done.removed > 0 ? ", removed " + std::to_string(done.removed) : "") + "\n");
}

Result<site::Published> publish(Environment& environment, const Options& options) {
  const auto clone =
      find_repository(environment, asked_repository(environment, options.repository));
  if (!clone) return std::unexpected(clone.error());
  ProgressLine line(environment.clock, "publishing the site", "publishing the site, step");
  return site::publish_site(
      environment.fs, environment.clock, *clone,
      [&](std::size_t count, std::size_t total) { line.update(count, total); });
}

int site_publish(Environment& environment, const Arguments& arguments) {
  Options options;
  CommandLine line("site publish", "[OPTIONS]",
                   "Bring the dashboard's branch up to what is published, now.",
                   "Examples:\n"
                   "  signalbox site publish -C ~/monitor\n"
                   "  signalbox site publish -C ~/monitor --json\n\n"
                   "The branch is 'branch' under [site] in signalbox.toml. Where it is set, each\n"
                   "publish and sync does this as far as something has changed; by hand every\n"
                   "file is looked at.\n"
                   "Exit codes: 0 the branch is up to date; 2 no branch is set, or it holds\n"
                   "other people's files; 10 to 17 as of 'signalbox sync'; 75 busy; 1 anything\n"
                   "else.");
  line.text("-C,--repository", options.repository, "the monitor repository");
  line.flag("--json", options.json, "as JSON");
  if (const auto ended = line.parse(arguments)) return *ended;
  const auto published = publish(environment, options);
  if (published) {
    print_published(*published, options.json);
    return 0;
  }
  print_error(published.error());
  return exit_code(published.error().kind);
}

constexpr const char* overview =
    "The dashboard: jobs, runs, alerts, logs and health as web pages.\n\n"
    "Usage: signalbox site build --out DIR [OPTIONS]    into a directory\n"
    "       signalbox site publish [OPTIONS]            to a branch of the remote\n\n"
    "'signalbox site build --help' has examples.\n";

}  // namespace

int site_command(Environment& environment, const Arguments& arguments) {
  const std::string action = arguments.empty() ? std::string() : arguments.front();
  const Arguments rest(arguments.begin() + (arguments.empty() ? 0 : 1), arguments.end());
  if (action == "build") return site_build(environment, rest);
  if (action == "publish") return site_publish(environment, rest);
  if (action == "--help" || action == "-h") {
    print(overview);
    return 0;
  }
  print_error({ErrorKind::InvalidInput,
               action.empty() ? "'signalbox site' needs a word: build or publish"
                              : "there is no 'signalbox site " + printable(action, 40) + "'",
               "see 'signalbox site --help'"});
  return exit_code(ErrorKind::InvalidInput);
}

}  // namespace signalbox::cli
