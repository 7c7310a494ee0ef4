// The texts are git's and its hosts' own, as programs print them with LC_ALL=C.
#include <gtest/gtest.h>

#include <string>

#include "transport/git_remote.h"

namespace signalbox {
namespace {

struct Case {
  const char* name;
  ErrorKind kind;
  const char* porcelain;
  const char* errors;
  const char* shown = "";  // must be in the message
};

void PrintTo(const Case& example, std::ostream* out) {
  *out << example.name;
}

std::string name_of(const ::testing::TestParamInfo<Case>& info) {
  return info.param.name;
}

class PushEnding : public ::testing::TestWithParam<Case> {};

TEST_P(PushEnding, has_its_own_kind_message_and_advice) {
  const auto result = interpret_push({.exit_status = 1,
                                      .timed_out = false,
                                      .porcelain = GetParam().porcelain,
                                      .errors = GetParam().errors},
                                     "origin");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, GetParam().kind) << describe(result.error());
  EXPECT_NE(result.error().what.find("'origin'"), std::string::npos);
  EXPECT_NE(result.error().what.find(GetParam().shown), std::string::npos) << result.error().what;
  EXPECT_FALSE(result.error().advice.empty());
  EXPECT_EQ(result.error().what.find('\n'), std::string::npos);
}

#define TO "To /srv/monitor.git\n"
#define REF "!\tf00:refs/heads/main\t"
#define DONE "Done\n"
#define FAILED "error: failed to push some refs to '/srv/monitor.git'\n"

const Case races[] = {
    {"fetch_first", ErrorKind::RaceLost, TO REF "[rejected] (fetch first)\n" DONE,
     FAILED "hint: Updates were rejected because the remote contains work that you do\n"},
    {"non_fast_forward", ErrorKind::RaceLost, TO REF "[rejected] (non-fast-forward)\n" DONE,
     FAILED},
    {"denied_by_the_server", ErrorKind::RaceLost, TO REF "[remote rejected] (non-fast-forward)\n",
     "remote: error: denying non-fast-forward refs/heads/main (you should pull first)\n" FAILED},
    {"stale_info", ErrorKind::RaceLost, TO REF "[rejected] (stale info)\n" DONE, FAILED},
    {"failed_to_update_ref", ErrorKind::RaceLost,
     TO REF "[remote rejected] (failed to update ref)\n" DONE,
     "remote: error: cannot lock ref 'refs/heads/main': is at "
     "1111111111111111111111111111111111111111 "
     "but expected 2222222222222222222222222222222222222222        \n" FAILED},
    {"cannot_lock_ref", ErrorKind::RaceLost,
     TO REF "[remote rejected] (cannot lock ref 'refs/heads/main': is at 11 but expected 22)\n",
     FAILED},
    {"a_lock_file_of_another_push", ErrorKind::RaceLost,
     TO REF "[remote rejected] (failed to update ref)\n" DONE,
     "remote: error: cannot lock ref 'refs/heads/main': Unable to create "
     "'/srv/monitor.git/refs/heads/main.lock': File exists.\n" FAILED},
    {"reference_already_exists", ErrorKind::RaceLost,
     TO REF "[remote rejected] (reference already exists)\n" DONE, FAILED},
    {"incorrect_old_value", ErrorKind::RaceLost,
     TO REF "[remote rejected] (incorrect old value provided)\n" DONE, FAILED},
    {"gerrit_failed_to_lock", ErrorKind::RaceLost, TO REF "[remote rejected] (failed to lock)\n",
     FAILED},
};
INSTANTIATE_TEST_SUITE_P(Race, PushEnding, ::testing::ValuesIn(races), name_of);

const Case refusals[] = {
    {"pre_receive_hook", ErrorKind::Refused,
     TO REF "[remote rejected] (pre-receive hook declined)\n" DONE,
     "remote: only Mondays, please        \n" FAILED, "only Mondays, please"},
    {"update_hook", ErrorKind::Refused, TO REF "[remote rejected] (hook declined)\n" DONE,
     "remote: error: hook declined to update refs/heads/main\n" FAILED, "hook declined"},
    {"github_protected_branch", ErrorKind::Refused,
     TO REF "[remote rejected] (protected branch hook declined)\n" DONE,
     "remote: error: GH006: Protected branch update failed for refs/heads/main.        \n"
     "remote: error: Required status check \"build\" is expected.        \n" FAILED,
     "GH006"},
    {"github_ruleset", ErrorKind::Refused,
     TO REF "[remote rejected] (push declined due to repository rule violations)\n" DONE,
     "remote: error: GH013: Repository rule violations found for refs/heads/main.\n"
     "remote: - Changes must be made through a pull request.\n" FAILED,
     "pull request"},
    {"gitlab_protected_branch", ErrorKind::Refused,
     TO REF "[remote rejected] (pre-receive hook declined)\n" DONE,
     "remote: GitLab: You are not allowed to push code to protected branches on this "
     "project.\n" FAILED,
     "protected branches"},
    {"checked_out_branch", ErrorKind::Refused,
     TO REF "[remote rejected] (branch is currently checked out)\n" DONE,
     "remote: error: refusing to update checked out branch: refs/heads/main\n" FAILED,
     "checked out"},
    {"hidden_ref", ErrorKind::Refused,
     TO REF "[remote rejected] (deny updating a hidden ref)\n" DONE, FAILED},
    {"shallow_update", ErrorKind::Refused,
     TO REF "[remote rejected] (shallow update not allowed)\n" DONE, FAILED},
    {"new_shallow_roots", ErrorKind::Refused,
     TO REF "[rejected] (new shallow roots not allowed)\n" DONE, FAILED},
    {"storage_of_another_owner", ErrorKind::Refused, TO REF "[remote rejected] (unpacker error)\n",
     "remote: error: insufficient permission for adding an object to repository database "
     "./objects        \nremote: fatal: failed to write object        \n"
     "error: remote unpack failed: unpack-objects abnormal exit\n" FAILED,
     "insufficient permission"},
    {"read_only_storage", ErrorKind::Refused, TO REF "[remote rejected] (unpacker error)\n",
     "error: remote unpack failed: unable to create temporary object directory\n"
     "remote: error: unable to create temporary file: Read-only file system\n" FAILED},
    {"ref_without_permission", ErrorKind::Refused,
     TO REF "[remote rejected] (failed to update ref)\n",
     "remote: error: cannot lock ref 'refs/heads/main': Unable to create "
     "'/srv/monitor.git/refs/heads/main.lock': Permission denied\n" FAILED},
    {"a_reason_that_nobody_knows", ErrorKind::Refused,
     TO REF "[remote rejected] (the moon is full)\n", FAILED, "the moon is full"},
    {"a_hook_that_speaks_of_races", ErrorKind::Refused,
     TO REF "[remote rejected] (pre-receive hook declined)\n",
     "remote: please fetch first, cannot lock ref, non-fast-forward\n" FAILED},
};
INSTANTIATE_TEST_SUITE_P(Refusal, PushEnding, ::testing::ValuesIn(refusals), name_of);

const Case sizes[] = {
    {"github_large_file", ErrorKind::TooLarge,
     TO REF "[remote rejected] (pre-receive hook declined)\n",
     "remote: error: GH001: Large files detected. You may want to try Git Large File Storage\n"
     "remote: error: File big is 120.00 MB; this exceeds GitHub's file size limit of 100.00 "
     "MB\n" FAILED,
     "100.00 MB"},
    {"receive_max_input_size", ErrorKind::TooLarge, TO REF "[remote rejected] (unpacker error)\n",
     "remote: fatal: pack exceeds maximum allowed size (1.00 KiB)\n"
     "error: remote unpack failed: index-pack abnormal exit\n" FAILED},
    {"disk_full", ErrorKind::TooLarge, TO REF "[remote rejected] (unpacker error)\n",
     "remote: fatal: write error: No space left on device\n"
     "error: remote unpack failed: unpack-objects abnormal exit\n" FAILED,
     "No space left"},
    {"disk_quota", ErrorKind::TooLarge, TO REF "[remote rejected] (failed to update ref)\n",
     "remote: error: cannot lock ref 'refs/heads/main': Unable to create 'main.lock': Disk quota "
     "exceeded\n" FAILED},
    {"gitlab_quota", ErrorKind::TooLarge, TO REF "[remote rejected] (pre-receive hook declined)\n",
     "remote: GitLab: Your push to this repository would cause it to exceed the allocated storage "
     "quota\n" FAILED},
    {"proxy_body_limit", ErrorKind::TooLarge, "",
     "error: RPC failed; HTTP 413 curl 22 The requested URL returned error: 413\n"
     "send-pack: unexpected disconnect while reading sideband packet\n"
     "fatal: the remote end hung up unexpectedly\n"},
};
INSTANTIATE_TEST_SUITE_P(Size, PushEnding, ::testing::ValuesIn(sizes), name_of);

#define NO_ACCESS                                     \
  "fatal: Could not read from remote repository.\n\n" \
  "Please make sure you have the correct access rights\nand the repository exists.\n"

const Case authentications[] = {
    {"ssh_key", ErrorKind::Authentication, "",
     "git@example.org: Permission denied (publickey).\n" NO_ACCESS,
     "Permission denied (publickey)"},
    {"ssh_host_key", ErrorKind::Authentication, "",
     "No ED25519 host key is known for [127.0.0.1]:2222 and you have requested strict checking.\n"
     "Host key verification failed.\n" NO_ACCESS},
    {"no_prompt", ErrorKind::Authentication, "",
     "fatal: could not read Username for 'https://example.org': terminal prompts disabled\n"},
    {"wrong_password", ErrorKind::Authentication, "",
     "remote: Invalid username or token.\n"
     "fatal: Authentication failed for 'https://example.org/a.git/'\n"},
    {"http_401", ErrorKind::Authentication, "",
     "fatal: unable to access 'https://example.org/a.git/': The requested URL returned error: "
     "401\n"},
    {"http_403", ErrorKind::Authentication, "",
     "remote: Permission to a/b.git denied to c.\n"
     "fatal: unable to access 'https://example.org/a.git/': The requested URL returned error: "
     "403\n"},
    {"rpc_403", ErrorKind::Authentication, "",
     "error: RPC failed; HTTP 403 curl 22 The requested URL returned error: 403\n"
     "fatal: the remote end hung up unexpectedly\n"},
    {"github_hides_the_repository", ErrorKind::Authentication, "",
     "remote: Repository not found.\n"
     "fatal: repository 'https://github.com/a/b.git/' not found\n"},
    {"github_ssh_hides_the_repository", ErrorKind::Authentication, "",
     "ERROR: Repository not found.\n" NO_ACCESS},
    {"read_only_key", ErrorKind::Authentication, "",
     "ERROR: The key you are authenticating with has been marked as read only.\n" NO_ACCESS},
    {"certificate", ErrorKind::Authentication, "",
     "fatal: unable to access 'https://example.org/': SSL certificate problem: self-signed "
     "certificate\n"},
    {"certificate_gnutls", ErrorKind::Authentication, "",
     "fatal: unable to access 'https://example.org/': server certificate verification failed. "
     "CAfile: none CRLfile: none\n"},
};
INSTANTIATE_TEST_SUITE_P(Authentication, PushEnding, ::testing::ValuesIn(authentications), name_of);

const Case rates[] = {
    {"http_429", ErrorKind::RateLimited, "",
     "fatal: unable to access 'https://example.org/a.git/': The requested URL returned error: "
     "429\n"},
    {"rpc_429", ErrorKind::RateLimited, "",
     "error: RPC failed; HTTP 429 curl 22 The requested URL returned error: 429\n"
     "fatal: the remote end hung up unexpectedly\n"},
    {"github_secondary", ErrorKind::RateLimited, "",
     "remote: You have exceeded a secondary rate limit. Please wait a few minutes.\n"
     "fatal: unable to access 'https://example.org/a.git/': The requested URL returned error: "
     "403\n"},
    {"hook", ErrorKind::RateLimited, TO REF "[remote rejected] (pre-receive hook declined)\n",
     "remote: Too many requests, slow down\n" FAILED},
};
INSTANTIATE_TEST_SUITE_P(Rate, PushEnding, ::testing::ValuesIn(rates), name_of);

const Case connections[] = {
    {"name", ErrorKind::Unreachable, "",
     "ssh: Could not resolve hostname example.invalid: Name or service not known\n" NO_ACCESS,
     "example.invalid"},
    {"https_name", ErrorKind::Unreachable, "",
     "fatal: unable to access 'https://example.invalid/': Could not resolve host: "
     "example.invalid\n"},
    {"refused", ErrorKind::Unreachable, "",
     "ssh: connect to host 127.0.0.1 port 1: Connection refused\n" NO_ACCESS},
    {"https_refused", ErrorKind::Unreachable, "",
     "fatal: unable to access 'http://127.0.0.1:1/': Failed to connect to 127.0.0.1 port 1 after 0 "
     "ms: Couldn't connect to server\n"},
    {"route", ErrorKind::Unreachable, "",
     "ssh: connect to host 10.0.0.1 port 22: No route to host\n" NO_ACCESS},
    {"connect_timeout", ErrorKind::Unreachable, "",
     "ssh: connect to host 10.0.0.1 port 22: Connection timed out\n" NO_ACCESS},
    {"closed_during_the_handshake", ErrorKind::Unreachable, "",
     "kex_exchange_identification: Connection closed by remote host\n" NO_ACCESS},
    {"reset_during_the_handshake", ErrorKind::Unreachable, "",
     "Connection reset by 127.0.0.1 port 22\n" NO_ACCESS},
    {"reset_at_first_contact", ErrorKind::Unreachable, "",
     "fatal: unable to access 'http://127.0.0.1:1/': Recv failure: Connection reset by peer\n"},
    {"no_local_repository", ErrorKind::Unreachable, "",
     "fatal: '/srv/gone.git' does not appear to be a git repository\n" NO_ACCESS, "/srv/gone.git"},
    {"no_http_repository", ErrorKind::Unreachable, "",
     "fatal: repository 'http://127.0.0.1:8080/gone.git/' not found\n"},
    {"gateway", ErrorKind::Unreachable, "",
     "fatal: unable to access 'http://127.0.0.1/': The requested URL returned error: 502\n"},
    {"github_internal_error", ErrorKind::Unreachable,
     TO REF "[remote rejected] (Internal Server Error)\n", FAILED},
};
INSTANTIATE_TEST_SUITE_P(Connection, PushEnding, ::testing::ValuesIn(connections), name_of);

const Case lost_answers[] = {
    {"sideband", ErrorKind::AnswerLost, "",
     "send-pack: unexpected disconnect while reading sideband packet\n"
     "fatal: the remote end hung up unexpectedly\n"},
    {"ssh", ErrorKind::AnswerLost, "",
     "client_loop: send disconnect: Broken pipe\n"
     "fatal: the remote end hung up unexpectedly\n"},
    {"rpc", ErrorKind::AnswerLost, "",
     "error: RPC failed; curl 56 Recv failure: Connection reset by peer\n"
     "fatal: the remote end hung up unexpectedly\nEverything up-to-date\n"},
    {"rpc_gateway", ErrorKind::AnswerLost, "",
     "error: RPC failed; HTTP 504 curl 22 The requested URL returned error: 504\n"
     "fatal: the remote end hung up unexpectedly\n"},
    {"rpc_time", ErrorKind::AnswerLost, "",
     "error: RPC failed; curl 28 Connection timed out\n"
     "fatal: the remote end hung up unexpectedly\n"},
    {"no_report", ErrorKind::AnswerLost,
     TO REF "[remote failure] (remote failed to report status)\n", FAILED},
    {"words_that_nobody_knows", ErrorKind::AnswerLost, "", "fatal: a new message\n",
     "a new message"},
    {"silence", ErrorKind::AnswerLost, "", ""},
};
INSTANTIATE_TEST_SUITE_P(LostAnswer, PushEnding, ::testing::ValuesIn(lost_answers), name_of);

const Case others[] = {
    {"slow", ErrorKind::TimedOut, "",
     "error: RPC failed; curl 28 Operation too slow. Less than 1 bytes/sec transferred the last 60 "
     "seconds\n"},
    {"foreign_owner", ErrorKind::PermissionDenied, "",
     "fatal: detected dubious ownership in repository at '/srv/monitor.git'\n" NO_ACCESS},
    {"old_git", ErrorKind::Unsupported, "", "error: unknown option `no-write-fetch-head'\n"},
};
INSTANTIATE_TEST_SUITE_P(Other, PushEnding, ::testing::ValuesIn(others), name_of);

TEST(Push, succeeded_only_with_status_0_and_a_ref_line) {
  const auto ended = [](int status, std::string_view porcelain) {
    return interpret_push({.exit_status = status, .porcelain = porcelain, .errors = ""}, "origin");
  };
  EXPECT_TRUE(ended(0, TO " \tf00:refs/heads/main\t1111111..2222222\n" DONE));
  EXPECT_TRUE(ended(0, TO "*\tf00:refs/heads/main\t[new branch]\n" DONE));
  EXPECT_TRUE(ended(0, TO "=\tf00:refs/heads/main\t[up to date]\n" DONE));
  EXPECT_EQ(ended(0, "").error().kind, ErrorKind::AnswerLost);
  EXPECT_EQ(ended(1, TO "*\tf00:refs/heads/main\t[new branch]\n").error().kind,
            ErrorKind::AnswerLost);
  EXPECT_EQ(ended(0, TO REF "[rejected] (fetch first)\n").error().kind, ErrorKind::RaceLost);
}

TEST(Push, timed_out_is_said_when_no_ref_line_says_more) {
  const auto ended = [](std::string_view porcelain) {
    return interpret_push({.exit_status = 143,
                           .timed_out = true,
                           .porcelain = porcelain,
                           .errors = "fatal: the remote end hung up unexpectedly\n"},
                          "origin")
        .error()
        .kind;
  };
  EXPECT_EQ(ended(""), ErrorKind::TimedOut);
  EXPECT_EQ(ended(TO "*\tf00:refs/heads/main\t[new branch]\n"), ErrorKind::TimedOut);
  EXPECT_EQ(ended(TO REF "[rejected] (fetch first)\n"), ErrorKind::RaceLost);
}

TEST(Push, a_ref_line_outweighs_what_stderr_says) {
  const auto result = interpret_push({.exit_status = 1,
                                      .porcelain = TO REF "[rejected] (fetch first)\n",
                                      .errors = "remote: Permission denied (publickey).\n"},
                                     "origin");
  EXPECT_EQ(result.error().kind, ErrorKind::RaceLost);
}

TEST(Push, a_hooks_words_are_shown_without_secrets_and_control_characters) {
  const auto result = interpret_push(
      {.exit_status = 1,
       .porcelain = TO REF "[remote rejected] (pre-receive hook declined)\n",
       .errors =
           "remote: \x1b[31mno\x1b[0m        \nremote: see https://u:hunter2@example.org/x\n"},
      "origin");
  EXPECT_NE(result.error().what.find(R"(\x1b[31mno\x1b[0m; see https://***@example.org/x)"),
            std::string::npos)
      << result.error().what;
}

class FetchFailure : public ::testing::TestWithParam<Case> {};

TEST_P(FetchFailure, has_its_own_kind) {
  const Error error = interpret_fetch_failure(
      {.exit_status = 128, .timed_out = false, .porcelain = "", .errors = GetParam().errors},
      "origin");
  EXPECT_EQ(error.kind, GetParam().kind) << describe(error);
}

const Case fetch_failures[] = {
    {"broken_connection", ErrorKind::Unreachable, "",
     "fetch-pack: unexpected disconnect while reading sideband packet\nfatal: early EOF\n"},
    {"key", ErrorKind::Authentication, "",
     "git@example.org: Permission denied (publickey).\n" NO_ACCESS},
    {"another_fetch", ErrorKind::Busy, "",
     "error: cannot lock ref 'refs/remotes/origin/main': is at 11 but expected 22\n"
     "From /srv/monitor\n ! 11..22  main -> origin/main  (unable to update local ref)\n"},
    {"another_shallow_fetch", ErrorKind::Busy, "",
     "fatal: Unable to create '/home/me/monitor/.git/shallow.lock': File exists.\n"},
    {"full_disk", ErrorKind::NoSpace, "",
     "error: unable to write file .git/objects/pack/tmp: No space left on device\n"
     "fatal: unpack-objects failed\n"},
    {"read_only_clone", ErrorKind::ReadOnly, "",
     "error: unable to create temporary file: Read-only file system\n"},
    {"foreign_clone", ErrorKind::PermissionDenied, "",
     "error: insufficient permission for adding an object to repository database .git/objects\n"},
    {"server", ErrorKind::Unreachable, "",
     "fatal: unable to access 'http://127.0.0.1/': The requested URL returned error: 503\n"},
    {"no_such_remote", ErrorKind::Unreachable, "",
     "fatal: 'nowhere' does not appear to be a git repository\n" NO_ACCESS},
    {"unknown", ErrorKind::Unreachable, "", "fatal: a new message\n"},
};
INSTANTIATE_TEST_SUITE_P(Fetch, FetchFailure, ::testing::ValuesIn(fetch_failures), name_of);

TEST(Fetch, timed_out_is_said_first) {
  EXPECT_EQ(
      interpret_fetch_failure(
          {.exit_status = 143, .timed_out = true, .porcelain = "", .errors = "fatal: early EOF\n"},
          "origin")
          .kind,
      ErrorKind::TimedOut);
}

TEST(Redaction, hides_what_stands_before_the_host_of_a_url) {
  EXPECT_EQ(redacted("fatal: 'https://me:pa:ss@word@example.org/a.git/'"),
            "fatal: 'https://***@example.org/a.git/'");
  EXPECT_EQ(redacted("https://t0ken@example.org and http://a:b@c"),
            "https://***@example.org and http://***@c");
  EXPECT_EQ(redacted("ssh://git@example.org/a ssh://git:secret@example.org/b"),
            "ssh://git@example.org/a ssh://git:***@example.org/b");
}

TEST(Redaction, leaves_addresses_without_secrets_alone) {
  for (const char* text : {"git@example.org:a/b.git", "https://example.org/a@b",
                           "file:///srv/a.git", "no url :// at all", "http://"}) {
    EXPECT_EQ(redacted(text), text);
  }
}

TEST(Redaction, hides_named_values_headers_and_tokens_with_a_known_prefix) {
  EXPECT_EQ(redacted("GET /a?private_token=abc&x=1"), "GET /a?private_token=***&x=1");
  EXPECT_EQ(redacted("Authorization: Basic dXNlcjpwYXNz"), "Authorization: Basic ***");
  EXPECT_EQ(redacted("AUTHORIZATION: bearer abc.def end"), "AUTHORIZATION: bearer *** end");
  EXPECT_EQ(redacted("Password: hunter2"), "Password: ***");
  EXPECT_EQ(redacted("with ghp_abcDEF123, glpat-x_y-z!"), "with ***, ***!");
  EXPECT_EQ(redacted("git@host's password:"), "git@host's password:");
}

TEST(Redaction, gives_one_short_line_of_printable_text) {
  EXPECT_EQ(redacted("  one\n\n\ttwo\r\n\x1b[2Jthree\n"), R"(one; two; \x1b[2Jthree)");
  EXPECT_LT(redacted(std::string(1'000'000, 'x')).size(), 500U);
}

TEST(Redaction, hides_a_secret_that_a_cut_would_have_bared) {
  const std::string text =
      std::string(380, 'x') + " https://user:" + std::string(100, 's') + "@host";
  EXPECT_EQ(redacted(text).find("sss"), std::string::npos);
}

}  // namespace
}  // namespace signalbox
