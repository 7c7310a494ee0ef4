#include "site/publish.h"

#include <algorithm>

#include "base/text.h"
#include "os/entropy.h"
#include "publish/state.h"
#include "repository/file_changes.h"
#include "repository/local_branch.h"
#include "site/build.h"
#include "transport/git_remote.h"

namespace signalbox::site {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view marker_path = ".signalbox-site";
constexpr std::size_t marker_limit = 64UL << 10U;
constexpr std::size_t record_limit = 16UL << 20U;  // bytes; it may name every job
constexpr int most_races = 20;
constexpr milliseconds first_backoff{50}, longest_backoff{5'000};
constexpr milliseconds lock_patience{30'000};
constexpr std::size_t shard_start = 400;  // bytes of a shard that name its path, and more

milliseconds jittered_backoff(int failures) {
  const auto longest = std::min(first_backoff * (1 << std::min(failures, 10)), longest_backoff);
  return longest / 2 + milliseconds{static_cast<std::int64_t>(
                           os::random_bits() % static_cast<std::uint64_t>(longest.count() / 2))};
}

std::string first_line(const std::optional<std::string>& bytes) {
  return bytes ? bytes->substr(0, bytes->find('\n')) : std::string();
}

// See the header: of this clone.
struct Record {
  std::string commit;
  MadeFrom made;
  int failures = 0;  // in a row
  std::optional<UtcTime> not_before;
};

std::string record_path(const Clone& clone) {
  return clone.own_directory() + "/site.json";
}

Record read_record(os::FileSystem& fs, const Clone& clone) {
  const auto bytes = fs.read(record_path(clone), record_limit);
  const auto json = parse_json(bytes ? *bytes : std::string());
  if (!json || !json->is_object()) return {};
  Record record{.commit = text_at(*json, "commit")};
  if (const auto made = json->find("made"); made != json->end() && made->is_object()) {
    record.made = parse_made_from(*made);
  }
  const auto failures = json->find("failures");
  if (failures != json->end() && failures->is_number_unsigned()) {
    record.failures = static_cast<int>(std::min<std::uint64_t>(failures->get<std::uint64_t>(), 99));
  }
  record.not_before = parse_time(text_at(*json, "not_before"));
  return record;
}

void write_record(os::FileSystem& fs, const Clone& clone, const Record& record) {
  Json json{
      {"commit", record.commit}, {"made", json_of(record.made)}, {"failures", record.failures}};
  if (record.not_before) json["not_before"] = format_milliseconds(*record.not_before);
  (void)os::replace_file(fs, record_path(clone), to_line(json) + "\n");
}

Result<State> state_at_tip(const Source& source, const Progress& progress) {
  if (auto done = source.repository.update_index(source.index, source.tip, progress); !done) {
    return std::unexpected(done.error());
  }
  return derive(source, progress);
}

// One look at the branch, and as many commits for it as races are lost.
class BranchSite {
 public:
  BranchSite(os::FileSystem& fs, os::Clock& clock, const Clone& clone, Session& session)
      : fs_(fs),
        clock_(clock),
        clone_(clone),
        session_(session),
        target_{session.target().remote, session.settings().site_branch},
        none_may_be_replaced_([](const std::string&, std::string_view) { return false; }),
        site_transport_(transport_of(target_)),
        reports_transport_(transport_of(session.target())),
        record_(read_record(fs, clone)) {}

  struct How {
    std::string tip;  // of the reports, as last seen
    bool fetch_first = false;
    bool everything = false;  // looks at files that nothing has changed
  };
  Result<Published> publish(const How& how, const Progress& progress) {
    if (auto done = check(); !done) return std::unexpected(done.error());
    auto naming = naming_of(session_, clone_, session_.repository());
    if (!naming) return std::unexpected(naming.error());
    naming_ = *std::move(naming);
    done_ = {.branch = target_.branch, .commit = {}, .tip = how.tip};
    everything_ = how.everything;
    if (auto found = find_branch(how.fetch_first); !found) return std::unexpected(found.error());
    const auto deadline = clock_.monotonic() + session_.settings().publish_deadline;
    for (int failures = 0;; ++failures) {
      auto made = make(progress);
      if (made && made->empty()) break;
      if (!made) return std::unexpected(made.error());
      const auto pushed = push(*made);
      if (pushed) {
        done_.commit = *made;
        break;
      }
      const milliseconds wait = jittered_backoff(failures);
      if (!is_worth_another_try(pushed.error().kind) || failures == most_races ||
          clock_.monotonic() + wait > deadline) {
        return std::unexpected(pushed.error());
      }
      clock_.sleep(wait);
      if (auto found = find_branch(true); !found) return std::unexpected(found.error());
    }
    write_record(fs_, clone_, {.commit = done_.commit, .made = made_});
    return done_;
  }

 private:
  std::unique_ptr<Transport> transport_of(const Target& target) {
    if (target.remote.empty()) {
      return make_local_branch(fs_, clock_, session_.repository(), clone_.common_directory,
                               no_checkout_, target.branch, none_may_be_replaced_);
    }
    return make_git_remote({.git_directory = clone_.common_directory,
                            .remote = target.remote,
                            .branch = target.branch,
                            .known_tip_ref = target.known_tip_ref(),
                            .timeout = session_.settings().push_timeout});
  }

  static bool is_worth_another_try(ErrorKind kind) {
    return kind == ErrorKind::RaceLost || kind == ErrorKind::AnswerLost ||
           kind == ErrorKind::TimedOut;
  }

  [[nodiscard]] Status check() const {
    if (target_.branch.empty()) {
      return fail(ErrorKind::InvalidInput, "the settings name no branch for the site",
                  "put 'branch = \"gh-pages\"' under [site] in signalbox.toml: "
                  "'signalbox init --pages' does");
    }
    if (target_.branch == session_.target().branch) {
      return fail(ErrorKind::InvalidInput,
                  "site.branch is '" + target_.branch + "', which is the branch of the reports",
                  "name another one under [site] in signalbox.toml");
    }
    if (target_.remote.empty() && session_.repository().is_checked_out(target_.branch)) {
      return fail(ErrorKind::Busy, "the site's branch '" + target_.branch + "' is checked out here",
                  "check out another one: git checkout " + session_.target().branch);
    }
    return {};
  }

  // Where the site's branch is, and then where the reports are: never the other way round, so that
  // the reports are at least as new as what anybody has made a site of, and none of those is
  // replaced by an older one.
  Status find_branch(bool fetch) {
    const Repository& repository = session_.repository();
    auto known = fetch ? Result<std::string>("") : repository.commit_at(target_.known_tip_ref());
    if (!known) return std::unexpected(known.error());
    if (known->empty() || !repository.has_commit(*known)) known = site_transport_->fetch();
    if (!known) return std::unexpected(known.error());
    done_.commit = *std::move(known);
    auto bytes = repository.file(done_.commit, std::string(marker_path), marker_limit);
    if (!bytes) return std::unexpected(bytes.error());
    const auto json = parse_json(first_line(*bytes));
    has_marker_ = bytes->has_value();
    marker_ = json && json->is_object() ? *json : Json::object();
    const std::string shown = text_at(marker_, "tip");
    if (!everything_ && (shown.empty() || is_older_or_same(shown))) return {};
    auto tip = reports_transport_->fetch();
    if (!tip) return std::unexpected(tip.error());
    done_.tip = *std::move(tip);
    return {};
  }

  // Than the reports as they are known.
  [[nodiscard]] bool is_older_or_same(const std::string& shown) const {
    const Repository& repository = session_.repository();
    if (done_.tip.empty() || !repository.has_commit(shown)) return false;
    const auto forward = repository.descends_from(done_.tip, shown);
    return forward && *forward;
  }

  // The commit that brings the branch up to the reports; "" when it shows them.
  Result<std::string> make(const Progress& progress) {
    const auto paths = site_paths();
    if (!paths) return std::unexpected(paths.error());
    return session_.with_index([&](HistoryIndex& index) -> Result<std::string> {
      Source source{.fs = fs_,
                    .repository = session_.repository(),
                    .index = index,
                    .settings = session_.settings(),
                    .tip = done_.tip,
                    .waiting = {}};
      const auto before = made_before(source);
      if (!before) return std::unexpected(before.error());
      const auto state = state_at_tip(source, progress);
      if (!state) return std::unexpected(state.error());
      FileChanges changes(session_.repository(), done_.commit);
      const Sink sink{.put = [&](const File& file) { return changes.put(file.path, file.bytes); },
                      .remove = [&](const std::string& path) -> Status {
                        return is_ours(path) ? changes.remove(path) : Status{};
                      }};
      auto made = make_pages(source, naming_, *state, *before, *paths, sink, progress);
      if (!made) return std::unexpected(made.error());
      made_ = *std::move(made);
      return commit(changes);
    });
  }

  Result<std::string> commit(FileChanges& changes) {
    if (changes.empty() && has_marker_) return std::string();
    done_.written = changes.figures().written;
    done_.removed = changes.figures().removed;
    done_.bytes = changes.figures().bytes;
    // Without it GitHub runs a site generator over the files first.
    const auto has_nojekyll = session_.repository().has_file(done_.commit, ".nojekyll");
    if (!has_nojekyll) return std::unexpected(has_nojekyll.error());
    if (!*has_nojekyll) {
      if (auto done = changes.put(".nojekyll", ""); !done) return std::unexpected(done.error());
    }
    const Json marker{{"format", 1},
                      {"tip", made_.tip},
                      {"naming", made_.naming},
                      {"settings", session_.settings().digest},
                      {"buckets", made_.buckets}};
    if (auto done = changes.put(std::string(marker_path), to_line(marker) + "\n"); !done) {
      return std::unexpected(done.error());
    }
    return changes.commit("Show the jobs as of " + done_.tip.substr(0, 10) + "\n", clock_.wall());
  }

  // What the files of the branch were made from, as far as this clone's index can say: of a site
  // that another clone made, by looking at the reports as that one did.
  Result<MadeFrom> made_before(Source source) {
    const std::string shown = text_at(marker_, "tip");
    if (everything_ || !is_older_or_same(shown)) return MadeFrom{};
    if (record_.commit == done_.commit && record_.made.tip == shown) return record_.made;
    const auto buckets = marker_.find("buckets");
    if (text_at(marker_, "settings") != session_.settings().digest || buckets == marker_.end() ||
        !buckets->is_number_integer()) {
      return MadeFrom{};
    }
    source.tip = shown;
    const auto state = state_at_tip(source, nullptr);
    if (!state) return std::unexpected(state.error());
    return MadeFrom{.state = *state,
                    .tip = shown,
                    .naming = text_at(marker_, "naming"),
                    .buckets = buckets->get<std::int64_t>(),
                    .again = {},
                    .again_days = {}};
  }

  // The files of the branch that may be ours. InvalidInput when none is, and others are where ours
  // go.
  Result<std::vector<std::string>> site_paths() const {
    const Repository& repository = session_.repository();
    if (!has_marker_) {
      for (const std::string name :
           {"index.html", "app.js", "app.css", "favicon.svg", "feed.xml", "badge", "data"}) {
        const auto room = repository.has_room_for(done_.commit, name);
        const auto file = repository.has_file(done_.commit, name);
        if (!room) return std::unexpected(room.error());
        if (!file) return std::unexpected(file.error());
        if (*room && !*file) continue;
        return fail(ErrorKind::InvalidInput,
                    "the branch '" + target_.branch +
                        "' holds files that are not of a site by signalbox: '" + name + "'",
                    "name another branch under [site] in signalbox.toml, or take those files away");
      }
      return std::vector<std::string>();
    }
    auto paths = repository.files_below(done_.commit, "data", 2);
    if (!paths) return paths;
    auto badges = repository.files_below(done_.commit, "badge", 1);
    if (!badges) return badges;
    std::ranges::move(*badges, std::back_inserter(*paths));
    return paths;
  }

  // A shard says its own path. A badge is ours where the job's shard is.
  [[nodiscard]] bool is_ours(const std::string& path) const {
    std::string shard = path;
    if (path.starts_with("badge/") && path.ends_with(".svg")) {
      shard = job_path(path.substr(6, path.size() - 10));
    }
    const auto bytes = session_.repository().file(done_.commit, shard, record_limit);
    return bytes && *bytes &&
           (*bytes)->substr(0, shard_start).starts_with("signalboxShard(\"" + shard + "\"");
  }

  // One of the pushes that the budget counts; it waits for none, since it belongs to one of those.
  Status push(const std::string& commit) {
    PublishState state = read_state(fs_, clone_.own_directory());
    note_push(state, clock_.wall());
    (void)write_state(fs_, clone_.own_directory(), state);
    return site_transport_->push(commit, done_.commit);
  }

  os::FileSystem& fs_;
  os::Clock& clock_;
  const Clone& clone_;
  Session& session_;
  Target target_;
  const std::optional<Clone> no_checkout_;
  const MayReplace none_may_be_replaced_;
  std::unique_ptr<Transport> site_transport_, reports_transport_;
  Record record_;
  Naming naming_;
  bool everything_ = false;
  bool has_marker_ = false;
  Json marker_;     // of the branch's tip
  MadeFrom made_;   // what the files of the new commit were made from
  Published done_;  // its commit is the tip of the site, its tip that of the reports
};

void follow(os::FileSystem& fs, os::Clock& clock, const Clone& clone, Session& session,
            const PublishRequest& request, PublishOutcome& outcome) {
  if (session.settings().site_branch.empty() || outcome.tip.empty()) return;
  Record record = read_record(fs, clone);
  const auto naming = naming_of(session, clone, session.repository());
  const UtcTime now = clock.wall();
  const bool is_asked = request.fetch_first && !request.scheduled;
  const bool is_shown =
      record.failures == 0 && naming && is_current(record.made, outcome.tip, *naming);
  const bool is_held = record.not_before && *record.not_before > now &&
                       *record.not_before - now < std::chrono::hours{1};
  if (is_shown || (is_held && !is_asked)) return;
  const auto done = BranchSite(fs, clock, clone, session)
                        .publish({.tip = outcome.tip, .fetch_first = request.fetch_first}, nullptr);
  if (done) return;
  ++record.failures;
  record.not_before = now + retry_delay(done.error().kind, record.failures);
  write_record(fs, clone, record);
  outcome.notes.push_back("the site was not published: " + describe(done.error()));
}

}  // namespace

Result<Naming> naming_of(const Session& session, const Clone& clone, const Repository& repository) {
  Naming naming{.title = session.settings().site_title};
  const std::string& remote = session.target().remote;
  const std::string url =
      remote.empty() ? "" : repository.config("remote." + remote + ".url").value_or("");
  naming.repository = web_page_of(url);
  if (naming.title.empty()) {
    const std::string& place = clone.worktree.empty() ? clone.common_directory : clone.worktree;
    naming.title = repository_name(url.empty() ? place : url);
  }
  if (session.settings().site_base_url.empty()) return naming;
  auto base_url = parse_base_url(session.settings().site_base_url);
  if (!base_url) return std::unexpected(base_url.error());
  naming.base_url = *std::move(base_url);
  return naming;
}

Result<Published> publish_site(os::FileSystem& fs, os::Clock& clock, const Clone& clone,
                               const Progress& progress) {
  if (auto made = os::make_directories(fs, clone.own_directory()); !made) {
    return std::unexpected(made.error());
  }
  const auto lock =
      PublisherLock::acquire(fs, clock, lock_places(clone), "site publish", lock_patience);
  if (!lock) return std::unexpected(lock.error());
  const auto session = Session::open(fs, clock, clone);
  if (!session) return std::unexpected(session.error());
  const auto tip = (*session)->known_tip();
  if (!tip) return std::unexpected(tip.error());
  return BranchSite(fs, clock, clone, **session)
      .publish({.tip = *tip, .fetch_first = true, .everything = true}, progress);
}

AfterReports site_follows(os::FileSystem& fs, os::Clock& clock, const Clone& clone) {
  return [&fs, &clock, clone](Session& session, const PublisherLock&, const PublishRequest& request,
                              PublishOutcome& outcome) {
    follow(fs, clock, clone, session, request, outcome);
  };
}

}  // namespace signalbox::site
