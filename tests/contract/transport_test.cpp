// What every Transport promises, tried over each way to a remote: a path, ssh through a real sshd,
// http through a real web server.
#include "transport/transport.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>

#include "base/text.h"
#include "support/servers.h"
#include "support/support.h"
#include "transport/git_remote.h"

namespace signalbox {
namespace {

using namespace std::chrono_literals;
using testing::git;
using testing::read_file;
using testing::SilentServer;
using testing::SshServer;
using testing::TemporaryDirectory;
using testing::WebServer;
using testing::write_file;

constexpr const char* known_tip_ref = "refs/signalbox/remotes/origin/main";
constexpr auto far_away = 120s;  // never reached by a test that passes
constexpr auto soon = 1500ms;    // for servers that never answer

void write_program(const std::string& path, const std::string& script) {
  write_file(path, "#!/bin/sh\n" + script + "\n");
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

std::string git_line(const std::string& directory, const std::vector<std::string>& arguments) {
  return std::string(trimmed(git(directory, arguments)));
}

// A way to the bare repository at `path`.
class Site {
 public:
  virtual ~Site() = default;
  virtual std::string url(const std::string& path) = 0;
  virtual void configure(const std::string& /*clone*/) {}
  virtual void use_wrong_credentials(const std::string& /*clone*/) {}
  // From now on the clone talks to a server that takes the connection and never answers.
  virtual void become_silent(const std::string& clone) = 0;
  virtual void go_down() = 0;
  // Part of the command line of every process that works for the clone.
  virtual std::string mark(const std::string& clone) { return clone; }
};

class PathSite final : public Site {
 public:
  std::string url(const std::string& path) override { return path_ = path; }
  void become_silent(const std::string& clone) override {
    write_program(clone + "/silent", "exec tail -n 0 -f \"$0\"");
    for (const char* service : {"uploadpack", "receivepack"}) {
      git(clone, {"config", std::string("remote.origin.") + service, clone + "/silent"});
    }
  }
  void go_down() override { std::filesystem::remove_all(path_); }

 private:
  std::string path_;
};

class SshSite final : public Site {
 public:
  std::string url(const std::string& path) override { return server_.url(path); }
  void configure(const std::string& clone) override {
    git(clone, {"config", "core.sshCommand", server_.command_with(server_.key())});
  }
  void use_wrong_credentials(const std::string& clone) override {
    git(clone, {"config", "core.sshCommand", server_.command_with(server_.strangers_key())});
  }
  void become_silent(const std::string& clone) override {
    git(clone, {"remote", "set-url", "origin",
                "ssh://127.0.0.1:" + std::to_string(silent_.port()) + "/remote.git"});
  }
  void go_down() override { server_.stop(); }
  std::string mark(const std::string& /*clone*/) override { return server_.client_directory(); }

 private:
  SshServer server_;
  SilentServer silent_;
};

class HttpSite final : public Site {
 public:
  explicit HttpSite(const std::string& repositories)
      : server_(repositories, WebServer::Scheme::Http) {}
  std::string url(const std::string& path) override {
    return server_.url(std::filesystem::path(path).filename(), WebServer::user,
                       WebServer::password);
  }
  void use_wrong_credentials(const std::string& clone) override {
    git(clone, {"remote", "set-url", "origin",
                server_.url("remote.git", WebServer::user, "wrong-secret")});
  }
  void become_silent(const std::string& clone) override {
    git(clone, {"remote", "set-url", "origin", silent_url()});
  }
  void go_down() override { server_.stop(); }
  std::string mark(const std::string& /*clone*/) override { return silent_url(); }

 private:
  [[nodiscard]] std::string silent_url() const {
    return "http://127.0.0.1:" + std::to_string(silent_.port()) + "/remote.git";
  }
  WebServer server_;
  SilentServer silent_;
};

std::optional<std::string> missing_program(const std::string& kind) {
  if (kind == "Ssh") return SshServer::missing_program();
  if (kind == "Http") return WebServer::missing_program();
  return std::nullopt;
}

std::unique_ptr<Site> make_site(const std::string& kind, const std::string& repositories) {
  if (kind == "Ssh") return std::make_unique<SshSite>();
  if (kind == "Http") return std::make_unique<HttpSite>(repositories);
  return std::make_unique<PathSite>();
}

std::unique_ptr<Transport> transport_of(const std::string& clone,
                                        std::chrono::milliseconds timeout = far_away) {
  return make_git_remote({.git_directory = clone + "/.git",
                          .remote = "origin",
                          .branch = "main",
                          .known_tip_ref = known_tip_ref,
                          .timeout = timeout});
}

// A commit in the clone's object database and nowhere else.
std::string make_commit(const std::string& clone, const std::string& parent,
                        const std::string& message) {
  write_file(clone + "/file", message);
  const std::string blob = git_line(clone, {"hash-object", "-w", "file"});
  write_file(clone + "/tree", "100644 blob " + blob + "\tfile\n");
  const std::string tree = std::string(
      trimmed(testing::run_ok({"sh", "-c", "git mktree < tree && rm tree file"}, clone)));
  std::vector<std::string> arguments = {"commit-tree", tree, "-m", message};
  if (!parent.empty()) arguments.insert(arguments.end(), {"-p", parent});
  return git_line(clone, arguments);
}

template <class T>
::testing::AssertionResult succeeded(const std::expected<T, Error>& result) {
  if (result) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << describe(result.error());
}

template <class T>
ErrorKind kind_of(const std::expected<T, Error>& result) {
  EXPECT_FALSE(result.has_value());
  return result ? ErrorKind::Internal : result.error().kind;
}

std::vector<std::string> processes_with(const std::string& mark) {
  std::vector<std::string> found;
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", gone)) {
    const std::string command = read_file(entry.path() / "cmdline");
    if (command.find(mark) != std::string::npos) found.push_back(command);
  }
  return found;
}

class Remote : public ::testing::Test {
 protected:
  void SetUp() override {
    // Neither the user's nor the machine's configuration; the servers inherit this too.
    ::setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
    ::setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    ::setenv("no_proxy", "127.0.0.1", 1);
    for (const char* name : {"GIT_SSL_CAINFO", "GIT_SSL_NO_VERIFY", "GIT_SSH", "GIT_SSH_COMMAND"}) {
      ::unsetenv(name);
    }
    git(place.path(), {"init", "-q", "--bare", "-b", "main", repository()});
  }

  [[nodiscard]] std::string repository() const { return place / "remote.git"; }

  [[nodiscard]] std::string make_clone(const std::string& name, const std::string& url) const {
    const std::string clone = place / name;
    git(place.path(), {"init", "-q", "-b", "main", clone});
    git(clone, {"remote", "add", "origin", url});
    return clone;
  }

  void install_hook(const std::string& name, const std::string& script) const {
    write_program(repository() + "/hooks/" + name, script);
  }

  [[nodiscard]] std::string remote_tip() const {
    return git_line(repository(), {"rev-parse", "refs/heads/main"});
  }

  TemporaryDirectory place;
};

class TransportContract : public Remote, public ::testing::WithParamInterface<std::string> {
 protected:
  void SetUp() override {
    if (const auto missing = missing_program(GetParam())) GTEST_SKIP() << *missing;
    Remote::SetUp();
    site = make_site(GetParam(), place.path());
    clone = site_clone("clone");
    transport = transport_of(clone);
  }

  [[nodiscard]] std::string site_clone(const std::string& name) const {
    std::string made = make_clone(name, site->url(repository()));
    site->configure(made);
    return made;
  }

  // The first commit of the branch.
  std::string publish_root() {
    const std::string root = make_commit(clone, "", "root");
    EXPECT_TRUE(succeeded(transport->push(root, "")));
    return root;
  }

  std::unique_ptr<Site> site;
  std::string clone;
  std::unique_ptr<Transport> transport;
};

std::string name_of(const ::testing::TestParamInfo<std::string>& info) {
  return info.param;
}

INSTANTIATE_TEST_SUITE_P(Over, TransportContract, ::testing::Values("Path", "Ssh", "Http"),
                         name_of);

TEST_P(TransportContract, an_empty_remote_has_no_tip) {
  EXPECT_EQ(transport->fetch().value_or("?"), "");
}

TEST_P(TransportContract, what_one_clone_pushes_another_fetches) {
  const std::string root = publish_root();
  EXPECT_EQ(remote_tip(), root);
  EXPECT_EQ(git_line(clone, {"rev-parse", known_tip_ref}), root);

  const std::string other = site_clone("other");
  EXPECT_EQ(transport_of(other)->fetch().value_or("?"), root);
  EXPECT_EQ(git_line(other, {"log", "-1", "--format=%s", known_tip_ref}), "root");
  EXPECT_EQ(git_line(other, {"show", root + ":file"}), "root");

  const std::string second = make_commit(other, root, "second");
  EXPECT_TRUE(succeeded(transport_of(other)->push(second, root)));
  EXPECT_EQ(transport->fetch().value_or("?"), second);
  EXPECT_EQ(transport->fetch().value_or("?"), second);  // and nothing new
}

TEST_P(TransportContract, pushing_again_what_the_remote_has_is_fine) {
  const std::string root = publish_root();
  EXPECT_TRUE(succeeded(transport->push(root, "")));
  EXPECT_TRUE(succeeded(transport->push(root, root)));
}

TEST_P(TransportContract, a_lost_race_is_told_and_changes_nothing) {
  const std::string root = publish_root();
  const std::string other = site_clone("other");
  ASSERT_TRUE(succeeded(transport_of(other)->fetch()));
  const std::string winner = make_commit(other, root, "winner");
  ASSERT_TRUE(succeeded(transport_of(other)->push(winner, root)));

  EXPECT_EQ(kind_of(transport->push(make_commit(clone, root, "loser"), root)), ErrorKind::RaceLost);
  EXPECT_EQ(remote_tip(), winner);
  EXPECT_EQ(git_line(clone, {"rev-parse", known_tip_ref}), root);
}

TEST_P(TransportContract, a_branch_that_must_not_exist_yet_is_never_replaced) {
  const std::string root = publish_root();
  const std::string other = site_clone("other");
  EXPECT_EQ(kind_of(transport_of(other)->push(make_commit(other, "", "another root"), "")),
            ErrorKind::RaceLost);
  EXPECT_EQ(remote_tip(), root);
}

TEST_P(TransportContract, of_pushes_at_the_same_time_exactly_one_wins) {
  const std::string root = publish_root();
  constexpr std::size_t writers = 4;
  // Every push is past its look at the branch before the first may move it.
  std::filesystem::create_directory(place / "arrived");
  install_hook("pre-receive", "touch '" + (place / "arrived") + "/'$$\nwhile [ \"$(ls '" +
                                  (place / "arrived") + "' | wc -l)\" -lt " +
                                  std::to_string(writers) + " ]; do sleep 0.01; done");
  std::array<std::string, writers> commits;
  std::array<Status, writers> results;
  {
    std::vector<std::jthread> threads;
    for (std::size_t index = 0; index < writers; ++index) {
      const std::string writer = site_clone("writer" + std::to_string(index));
      ASSERT_TRUE(succeeded(transport_of(writer)->fetch()));
      commits[index] = make_commit(writer, root, "commit " + std::to_string(index));
    }
    for (std::size_t index = 0; index < writers; ++index) {
      threads.emplace_back([&, index] {
        results[index] =
            transport_of(place / ("writer" + std::to_string(index)))->push(commits[index], root);
      });
    }
  }
  std::size_t winners = 0;
  for (std::size_t index = 0; index < writers; ++index) {
    if (results[index]) {
      ++winners;
      EXPECT_EQ(remote_tip(), commits[index]);
    } else {
      EXPECT_EQ(results[index].error().kind, ErrorKind::RaceLost)
          << describe(results[index].error());
    }
  }
  EXPECT_EQ(winners, 1U);
}

TEST_P(TransportContract, a_hook_that_declines_is_quoted) {
  const std::string root = publish_root();
  install_hook("pre-receive", "echo 'not on Mondays' >&2; exit 1");
  const auto result = transport->push(make_commit(clone, root, "second"), root);
  EXPECT_EQ(kind_of(result), ErrorKind::Refused);
  EXPECT_NE(result.error().what.find("not on Mondays"), std::string::npos) << result.error().what;
  EXPECT_EQ(remote_tip(), root);
}

TEST_P(TransportContract, a_size_limit_of_the_remote_is_told_from_a_refusal) {
  const std::string root = publish_root();
  git(repository(), {"config", "receive.maxInputSize", "1"});
  EXPECT_EQ(kind_of(transport->push(make_commit(clone, root, "second"), root)),
            ErrorKind::TooLarge);
  EXPECT_EQ(remote_tip(), root);
}

TEST_P(TransportContract, a_server_that_is_down_is_unreachable) {
  const std::string root = publish_root();
  site->go_down();
  EXPECT_EQ(kind_of(transport->fetch()), ErrorKind::Unreachable);
  EXPECT_EQ(kind_of(transport->push(make_commit(clone, root, "second"), root)),
            ErrorKind::Unreachable);
}

TEST_P(TransportContract, a_repository_that_is_not_there_is_unreachable) {
  git(clone, {"remote", "set-url", "origin", site->url(place / "gone.git")});
  EXPECT_EQ(kind_of(transport->fetch()), ErrorKind::Unreachable);
}

TEST_P(TransportContract, a_server_that_never_answers_times_out_and_leaves_no_process) {
  const std::string root = publish_root();
  site->become_silent(clone);
  const auto impatient = transport_of(clone, soon);
  EXPECT_EQ(kind_of(impatient->fetch()), ErrorKind::TimedOut);
  EXPECT_EQ(kind_of(impatient->push(make_commit(clone, root, "second"), root)),
            ErrorKind::TimedOut);
  // SIGKILL is sent by now; the test's own time limit ends a wait for what it does not reach.
  while (!processes_with(site->mark(clone)).empty()) std::this_thread::sleep_for(5ms);
}

TEST_P(TransportContract, after_a_cut_connection_the_next_fetch_shows_a_push_that_arrived) {
  const std::string root = publish_root();
  install_hook("post-receive", "kill -9 $PPID");
  const std::string second = make_commit(clone, root, "second");
  if (const auto result = transport->push(second, root); !result) {
    EXPECT_EQ(result.error().kind, ErrorKind::AnswerLost) << describe(result.error());
  }
  EXPECT_EQ(transport->fetch().value_or("?"), second);
}

TEST_P(TransportContract, after_a_cut_connection_the_next_fetch_shows_a_push_that_did_not_arrive) {
  const std::string root = publish_root();
  install_hook("pre-receive", "kill -9 $PPID");
  EXPECT_EQ(kind_of(transport->push(make_commit(clone, root, "second"), root)),
            ErrorKind::AnswerLost);
  EXPECT_EQ(transport->fetch().value_or("?"), root);
}

TEST_P(TransportContract, a_shallow_clone_stays_shallow_and_can_push) {
  const std::string root = publish_root();
  const std::string second = make_commit(clone, root, "second");
  ASSERT_TRUE(succeeded(transport->push(second, root)));
  const std::string shallow = site_clone("shallow");
  if (GetParam() == "Path") {
    git(shallow, {"remote", "set-url", "origin", "file://" + repository()});  // no short cut
  }
  git(shallow, {"fetch", "-q", "--depth=1", "origin", "main"});
  const auto from_shallow = transport_of(shallow);
  EXPECT_EQ(from_shallow->fetch().value_or("?"), second);
  const std::string third = make_commit(shallow, second, "third");
  EXPECT_TRUE(succeeded(from_shallow->push(third, second)));

  const std::string fourth = make_commit(clone, transport->fetch().value_or(""), "fourth");
  ASSERT_TRUE(succeeded(transport->push(fourth, third)));
  EXPECT_EQ(from_shallow->fetch().value_or("?"), fourth);
  EXPECT_EQ(git_line(shallow, {"rev-list", "--count", known_tip_ref}), "3");
  EXPECT_EQ(git_line(shallow, {"rev-parse", "--is-shallow-repository"}), "true");
}

class CredentialsContract : public TransportContract {};

INSTANTIATE_TEST_SUITE_P(Over, CredentialsContract, ::testing::Values("Ssh", "Http"), name_of);

TEST_P(CredentialsContract, wrong_ones_are_told_apart_and_never_shown) {
  const std::string root = publish_root();
  site->use_wrong_credentials(clone);
  const auto fetched = transport->fetch();
  EXPECT_EQ(kind_of(fetched), ErrorKind::Authentication) << describe(fetched.error());
  const auto pushed = transport->push(make_commit(clone, root, "second"), root);
  EXPECT_EQ(kind_of(pushed), ErrorKind::Authentication) << describe(pushed.error());
  EXPECT_EQ(describe(pushed.error()).find("wrong-secret"), std::string::npos);
  EXPECT_EQ(remote_tip(), root);
}

class PathRemote : public Remote {
 protected:
  void SetUp() override {
    Remote::SetUp();
    clone = make_clone("clone", repository());
    transport = transport_of(clone);
    root = make_commit(clone, "", "root");
    ASSERT_TRUE(succeeded(transport->push(root, "")));
  }
  std::string clone;
  std::unique_ptr<Transport> transport;
  std::string root;
};

TEST_F(PathRemote, a_persons_refs_and_fetch_head_stay_as_they_were) {
  git(clone, {"update-ref", "refs/heads/main", root});
  git(clone, {"update-ref", "refs/heads/topic", root});
  write_file(clone + "/.git/FETCH_HEAD", "what a person fetched\n");
  const std::string second = make_commit(clone, root, "second");
  git(repository(), {"tag", "v1", root});
  ASSERT_TRUE(succeeded(transport->push(second, root)));
  ASSERT_TRUE(succeeded(transport->fetch()));
  EXPECT_EQ(read_file(clone + "/.git/FETCH_HEAD"), "what a person fetched\n");
  EXPECT_EQ(git_line(clone, {"rev-parse", "main", "topic"}), root + "\n" + root);
  EXPECT_EQ(git_line(clone, {"tag"}), "");
}

TEST_F(PathRemote, the_tracking_ref_moves_as_after_any_push_and_fetch) {
  EXPECT_EQ(git_line(clone, {"rev-parse", "refs/remotes/origin/main"}), root);
  const std::string other = make_clone("other", repository());
  ASSERT_TRUE(succeeded(transport_of(other)->fetch()));
  EXPECT_EQ(git_line(other, {"rev-parse", "refs/remotes/origin/main"}), root);
}

TEST_F(PathRemote, a_branch_that_was_deleted_is_no_longer_known) {
  git(repository(), {"update-ref", "-d", "refs/heads/main"});
  EXPECT_EQ(transport->fetch().value_or("?"), "");
  EXPECT_EQ(git_line(clone, {"for-each-ref", known_tip_ref}), "");
}

TEST_F(PathRemote, a_branch_that_was_moved_back_is_followed) {
  ASSERT_TRUE(succeeded(transport->push(make_commit(clone, root, "second"), root)));
  git(repository(), {"update-ref", "refs/heads/main", root});
  EXPECT_EQ(transport->fetch().value_or("?"), root);
}

TEST_F(PathRemote, a_packed_known_tip_is_found) {
  git(clone, {"pack-refs", "--all"});
  ASSERT_FALSE(std::filesystem::exists(clone + "/.git/" + known_tip_ref));
  EXPECT_EQ(transport->fetch().value_or("?"), root);
}

TEST_F(PathRemote, the_clones_hooks_do_not_run_and_the_remotes_do) {
  for (const char* hook : {"pre-push", "reference-transaction", "post-merge"}) {
    write_program(clone + "/.git/hooks/" + hook, "touch '" + (place / "ran-here") + "'; exit 1");
  }
  install_hook("post-receive", "touch '" + (place / "ran-there") + "'");
  ASSERT_TRUE(succeeded(transport->push(make_commit(clone, root, "second"), root)));
  ASSERT_TRUE(succeeded(transport->fetch()));
  EXPECT_FALSE(std::filesystem::exists(place / "ran-here"));
  EXPECT_TRUE(std::filesystem::exists(place / "ran-there"));
}

TEST_F(PathRemote, variables_that_lead_elsewhere_or_make_git_talk_have_no_effect) {
  const std::array<std::pair<const char*, std::string>, 6> variables = {
      {{"GIT_DIR", "/nowhere"},
       {"GIT_OBJECT_DIRECTORY", "/nowhere"},
       {"GIT_NAMESPACE", "other"},
       {"GIT_TRACE", place / "trace"},
       {"GIT_TRACE2_EVENT", place / "trace"},
       {"LC_ALL", "de_DE.UTF-8"}}};
  const std::string second = make_commit(clone, root, "second");
  for (const auto& [name, value] : variables) ::setenv(name, value.c_str(), 1);
  const auto with_them = transport_of(clone);
  const auto fetched = with_them->fetch();
  const auto pushed = with_them->push(second, root);
  for (const auto& [name, value] : variables) ::unsetenv(name);
  EXPECT_EQ(fetched.value_or("?"), root);
  EXPECT_TRUE(succeeded(pushed));
  EXPECT_EQ(remote_tip(), second);
  EXPECT_FALSE(std::filesystem::exists(place / "trace"));
}

TEST_F(PathRemote, a_relative_address_is_relative_to_the_worktree) {
  git(clone, {"remote", "set-url", "origin", "../remote.git"});
  EXPECT_EQ(transport->fetch().value_or("?"), root);
}

TEST_F(PathRemote, a_ref_that_another_git_holds_makes_a_fetch_busy) {
  const std::string other = make_clone("other", repository());
  write_file(other + "/.git/" + known_tip_ref + ".lock", "");
  EXPECT_EQ(kind_of(transport_of(other)->fetch()), ErrorKind::Busy);
}

TEST_F(PathRemote, a_push_that_cannot_be_noted_is_left_to_the_next_fetch) {
  write_file(clone + "/.git/" + known_tip_ref + ".lock", "");
  const std::string second = make_commit(clone, root, "second");
  EXPECT_EQ(kind_of(transport->push(second, root)), ErrorKind::AnswerLost);
  std::filesystem::remove(clone + "/.git/" + known_tip_ref + ".lock");
  EXPECT_EQ(transport->fetch().value_or("?"), second);
}

TEST_F(PathRemote, a_checked_out_branch_of_the_remote_is_a_refusal) {
  const std::string checked_out = place / "checked-out";
  git(place.path(), {"clone", "-q", repository(), checked_out});
  git(clone, {"remote", "set-url", "origin", checked_out});
  EXPECT_EQ(kind_of(transport->push(make_commit(clone, root, "second"), root)), ErrorKind::Refused);
}

TEST_F(PathRemote, only_commit_ids_are_pushed) {
  for (const char* odd : {"", "main", "--force", "+refs/heads/main"}) {
    EXPECT_EQ(kind_of(transport->push(odd, "")), ErrorKind::InvalidInput);
  }
}

class SshRemote : public Remote {
 protected:
  void SetUp() override {
    if (const auto missing = SshServer::missing_program()) GTEST_SKIP() << *missing;
    Remote::SetUp();
    server.emplace();
    clone = make_clone("clone", server->url(repository()));
  }
  std::optional<SshServer> server;
  std::string clone;
};

TEST_F(SshRemote, the_users_own_ssh_command_is_used) {
  ::setenv("GIT_SSH_COMMAND", server->command_with(server->key()).c_str(), 1);
  const auto fetched = transport_of(clone)->fetch();
  ::unsetenv("GIT_SSH_COMMAND");
  EXPECT_EQ(fetched.value_or("?"), "");
}

TEST_F(SshRemote, an_unknown_host_key_is_a_matter_of_authentication) {
  write_file(place / "nobody", "");
  git(clone, {"config", "core.sshCommand", server->command_with(server->key(), place / "nobody")});
  const auto fetched = transport_of(clone)->fetch();
  EXPECT_EQ(kind_of(fetched), ErrorKind::Authentication);
  EXPECT_NE(fetched.error().what.find("host key"), std::string::npos);
}

class WebRemote : public Remote {
 protected:
  void SetUp() override {
    if (const auto missing = WebServer::missing_program()) GTEST_SKIP() << *missing;
    Remote::SetUp();
  }
};

TEST_F(WebRemote, https_works_with_a_trusted_certificate_and_not_without) {
  const WebServer server(place.path(), WebServer::Scheme::Https);
  const std::string clone =
      make_clone("clone", server.url("remote.git", WebServer::user, WebServer::password));
  const auto transport = transport_of(clone);
  const std::string root = make_commit(clone, "", "root");
  EXPECT_EQ(kind_of(transport->push(root, "")), ErrorKind::Authentication);
  git(clone, {"config", "http.sslCAInfo", server.certificate()});
  EXPECT_TRUE(succeeded(transport->push(root, "")));
  EXPECT_EQ(transport->fetch().value_or("?"), root);
}

TEST_F(WebRemote, a_missing_password_is_never_asked_for) {
  const WebServer server(place.path(), WebServer::Scheme::Http);
  const std::string clone = make_clone("clone", server.url("remote.git", "", ""));
  EXPECT_EQ(kind_of(transport_of(clone)->fetch()), ErrorKind::Authentication);
}

TEST_F(WebRemote, the_users_credential_helper_is_used) {
  const WebServer server(place.path(), WebServer::Scheme::Http);
  const std::string clone = make_clone("clone", server.url("remote.git", "", ""));
  write_file(place / "credentials", server.url("", WebServer::user, WebServer::password) + "\n");
  git(clone, {"config", "credential.helper", "store --file=" + (place / "credentials")});
  EXPECT_EQ(transport_of(clone)->fetch().value_or("?"), "");
}

}  // namespace
}  // namespace signalbox
