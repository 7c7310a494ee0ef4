#include "secrets/masker.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include "base/text.h"
#include "secrets/patterns.h"
#include "support/property.h"

namespace signalbox {
namespace {

std::string masked(const std::string& text) {
  return Masker().masked(text);
}

// Put together here, so that no scanner takes this file for a leak.
const std::string letters = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC2eF4hJ6kL8nP";
std::string letters_of(std::size_t count) {
  return letters.substr(0, count);
}

TEST(Masker, masks_the_tokens_that_their_makers_marked) {
  for (const std::string& token : std::vector<std::string>{
           "ghp_" + letters_of(36),
           "gho_" + letters_of(36),
           "ghs_" + letters_of(36),
           "github_pat_" + letters_of(22) + "_" + letters_of(40),
           "glpat-" + letters_of(20),
           "glrt-" + letters_of(20) + ".01.abc",
           "AKIA" + std::string("IOSFODNN7EXAMPLE"),
           "ASIA" + std::string("IOSFODNN7EXAMPLE"),
           "AIza" + letters_of(35),
           "ya29." + letters_of(40),
           "GOCSPX-" + letters_of(28),
           "xoxb-123456789012-" + letters_of(24),
           "xoxp-1234-5678-" + letters_of(20),
           "xapp-1-" + letters_of(20),
           "sk_live_" + letters_of(24),
           "rk_live_" + letters_of(24),
           "whsec_" + letters_of(32),
           "sk-" + letters_of(40),
           "sk-proj-" + letters_of(40),
           "sk-ant-api03-" + letters_of(40),
           "npm_" + letters_of(36),
           "pypi-AgEIcHlwaS5vcmc" + letters_of(30),
           "hf_" + letters_of(34),
           "dckr_pat_" + letters_of(27),
           "dop_v1_" + std::string(64, 'a'),
           "hvs." + letters_of(30),
           "dapi" + std::string(32, '0'),
           "SG." + letters_of(22) + "." + letters_of(40),
           "123456789:AA" + letters_of(33),
           "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0." + letters_of(40)}) {
    EXPECT_EQ(masked("pushing with " + token + " now"), "pushing with *** now") << token;
    EXPECT_EQ(masked(token), "***") << token;
    EXPECT_EQ(masked("[" + token + "]"), "[***]") << token;
  }
}

TEST(Masker, masks_the_value_beside_a_name_that_says_so) {
  for (const auto& [text, expected] : std::vector<std::pair<std::string, std::string>>{
           {"DB_PASSWORD=hunter2 DEBUG=1", "DB_PASSWORD=*** DEBUG=1"},
           {"export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEX",
            "export "
            "AWS_SECRET_ACCESS_KEY=***"},
           {"password: hunter2", "password: ***"},
           {"passwd := hunter2", "passwd := ***"},
           {"passphrase => \"two words\", x", "passphrase => \"***\", x"},
           {"api_key='abc def' next", "api_key='***' next"},
           {"apiKey=abc", "apiKey=***"},
           {"X-Api-Key: abc", "X-Api-Key: ***"},
           {"PRIVATE-TOKEN: abc", "PRIVATE-TOKEN: ***"},
           {"{\"access_token\": \"abc\", \"expires\": 3600}",
            "{\"access_token\": \"***\", \"expires\": 3600}"},
           {R"({\"token\": \"abc\", \"user\": \"me\"})",
            R"({\"token\": \"***\", \"user\": \"me\"})"},
           {R"(password="a\"b c" x)", R"(password="***" x)"},
           {"client_secret=abc&scope=all", "client_secret=***&scope=all"},
           {"WANDB_API_KEY=0123456789abcdef0123456789abcdef01234567 python",
            "WANDB_API_KEY=*** python"},
           {"PGPASS=abc SMTPPASS=def", "PGPASS=*** SMTPPASS=***"},
           {"token2=abc", "token2=***"}}) {
    EXPECT_EQ(masked(text), expected);
  }
}

TEST(Masker, masks_credentials_in_urls_and_command_lines) {
  for (const auto& [text, expected] : std::vector<std::pair<std::string, std::string>>{
           {"clone https://me:pa:ss@word@example.org/a.git/ failed",
            "clone https://***@example.org/a.git/ failed"},
           {"https://t0ken@example.org", "https://***@example.org"},
           {"git+https://t0ken@example.org", "git+https://***@example.org"},
           {"postgres://app:s3cret@db:5432/x", "postgres://app:***@db:5432/x"},
           {"redis://:s3cret@cache/0", "redis://:***@cache/0"},
           {"ssh://git:secret@example.org/b", "ssh://git:***@example.org/b"},
           {"https://acc.blob.core.windows.net/c/b?sv=2022&sig=ab%2Bcd%3D&se=2030",
            "https://acc.blob.core.windows.net/c/b?sv=2022&sig=***&se=2030"},
           {"https://b.s3.amazonaws.com/k?X-Amz-Signature=abcdef&X-Amz-Date=1",
            "https://b.s3.amazonaws.com/k?X-Amz-Signature=***&X-Amz-Date=1"},
           {"https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXX",
            "https://hooks.slack.com/services/***"},
           {"DefaultEndpointsProtocol=https;AccountName=a;AccountKey=abc==;EndpointSuffix=c",
            "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=***;EndpointSuffix=c"},
           {"Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccessKey=abc=",
            "Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccessKey=***"},
           {"Server=a;Uid=b;Pwd=c;Port=1", "Server=a;Uid=b;Pwd=***;Port=1"},
           {"tool --token abc --verbose", "tool --token *** --verbose"},
           {"tool --db-password 'abc' x", "tool --db-password '***' x"},
           {"curl -s -u me:abc https://x", "curl -s -u me:*** https://x"},
           {"sshpass -p abc ssh host", "sshpass -p *** ssh host"},
           {"mysqldump -u root -pabc db", "mysqldump -u root -p*** db"},
           {"machine x login me password abc", "machine x login me password ***"}}) {
    EXPECT_EQ(masked(text), expected);
  }
}

TEST(Masker, masks_headers) {
  for (const auto& [text, expected] : std::vector<std::pair<std::string, std::string>>{
           {"Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic ***"},
           {"AUTHORIZATION: bearer abc.def end", "AUTHORIZATION: bearer *** end"},
           {"Proxy-Authorization: Basic abc", "Proxy-Authorization: Basic ***"},
           {"-H 'Authorization: token abc' x", "-H 'Authorization: token ***' x"},
           {"{'Authorization': 'Bearer abc'}", "{'Authorization': 'Bearer ***'}"},
           {"Authorization: AWS4-HMAC-SHA256 Credential=a/b, Signature=c\nnext",
            "Authorization: AWS4-HMAC-SHA256 ***\nnext"},
           {"Authorization: abc", "Authorization: ***"},
           {"sent bearer " + letters_of(30) + " to it", "sent bearer *** to it"},
           {"Set-Cookie: session=abc; Path=/\nnext", "Set-Cookie: ***\nnext"}}) {
    EXPECT_EQ(masked(text), expected);
  }
}

// In a text, in JSON with escaped line ends, and where a log's tail begins or ends inside of it.
TEST(Masker, masks_private_keys_also_those_that_were_cut) {
  const std::string line = letters + letters.substr(0, 23) + "\n";
  const std::string body = line + line + letters_of(20) + "==\n";
  const std::string begin = "-----BEGIN " + std::string("OPENSSH PRIVATE KEY-----");
  const std::string end = "-----END " + std::string("OPENSSH PRIVATE KEY-----");
  EXPECT_EQ(masked("a\n" + begin + "\n" + body + end + "\nb"), "a\n" + begin + "***" + end + "\nb");
  EXPECT_EQ(masked("a\n" + begin + "\n" + body), "a\n" + begin + "***\n");
  EXPECT_EQ(masked(line + line + end + "\nb"), "***" + end + "\nb");
  std::string in_json = body;
  for (std::size_t at = 0; (at = in_json.find('\n', at)) != std::string::npos;) {
    in_json.replace(at, 1, "\\n");
  }
  const std::string in_account = "{\"private_key\": \"" + begin + "\\n" + in_json + end + "\\n\"}";
  EXPECT_EQ(masked(in_account).find(letters), std::string::npos);
  const std::string encrypted = "-----BEGIN " + std::string("RSA PRIVATE KEY-----\n") +
                                "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n" + body;
  EXPECT_EQ(masked(encrypted).find(letters), std::string::npos);
  EXPECT_EQ(masked("ssh-ed25519 AAAAC3Nza public keys stay"),
            "ssh-ed25519 AAAAC3Nza public keys stay");
}

TEST(Masker, leaves_harmless_text_alone) {
  for (const std::string& text : std::vector<std::string>{
           "",
           "downloading",
           "epoch 3/10 loss=0.123 acc=0.98",
           " 45%|████▌     | 450/1000 [00:12<00:15, 36.60it/s]",
           "[#####>....] 50%",
           "HEAD is now at 0123456789abcdef0123456789abcdef01234567 Fix the build",
           "d41d8cd98f00b204e9800998ecf8427e  input.nc",
           "/home/me/data/secret/file.nc",
           "/scratch/tokens/part-00001.parquet",
           "total_tokens=4096 max_tokens: 128",
           "tokens/s: 1234.5",
           "tokenizer=bert vocab_size=32000",
           "tests passed: 12, failed: 0",
           "git@host's password:",
           "git@example.org:a/b.git",
           "https://example.org/a@b",
           "file:///srv/a.git",
           "no url :// at all",
           "http://",
           "user@example.org",
           "primary_key: id",
           "keyword=value monkey=1",
           "--token-file /run/token",
           "sk-learn-contrib-something-long",
           "task-force-something-quite-long-indeed",
           "hf_hub_download(repo)",
           "npm_config_cache /tmp",
           "2025-08-17T06:00:00Z job 12345678",
           "slurmstepd: error: *** JOB 4711 ON node17 CANCELLED ***",
           "PWD=/home/me/project",
           "a fresh Authorization is needed",
           "bearer of news",
           "cookies were set",
           "ssh-rsa AAAAB3NzaC1yc2E me@host",
           "20250817T060000123-0000-5f2c91ab-0123456789ab",
           "docker run -u 1000:1000 image",
           "the secret of success",
           "{\"key\": \"value\"}",
           "C:\\Users\\me\\secret.txt",
           "Ä ö ü 日本語 🚂"}) {
    EXPECT_EQ(masked(text), text);
  }
}

TEST(Masker, no_invalid_utf8_hides_a_secret) {
  EXPECT_EQ(masked("password=ab\xFF\xC3(cd x"), "password=*** x");
  EXPECT_EQ(masked("\xFF https://a\xFF:b@h"), "\xFF https://***@h");
}

TEST(Masker, masks_documents_by_their_texts_and_by_the_names_of_their_fields) {
  Json document = Json::parse(R"({
    "host": "db", "db_password": "hunter2", "pin": 5, "apiToken": "abc", "max_token": 512,
    "secrets": {"a": ["x", 1, true, null], "b": ""}, "url": "https://u:p@h/x",
    "list": ["plain", "token=abc"], "nested": {"secret_key": 12345, "note": "fine"}})");
  Masker().mask(document);
  EXPECT_EQ(document, Json::parse(R"({
    "host": "db", "db_password": "***", "pin": 5, "apiToken": "***", "max_token": 512,
    "secrets": {"a": ["***", "***", true, null], "b": ""}, "url": "https://***@h/x",
    "list": ["plain", "token=***"], "nested": {"secret_key": "***", "note": "fine"}})"));
  Json keys = Json::object();
  keys["ghp_" + letters_of(36)] = 1;
  Masker().mask(keys);
  EXPECT_EQ(keys.dump(), R"({"***":1})");
}

TEST(Masker, keeps_every_field_of_keys_that_are_the_same_without_their_secrets) {
  Json document = Json::object();
  document["ghp_" + letters_of(36)] = 1;
  document["***"] = 2;
  document["ghp_" + letters_of(35)] = 3;
  document["*** 2"] = 4;
  Masker().mask(document);
  EXPECT_EQ(document.dump(), R"({"*** 3":1,"***":2,"*** 4":3,"*** 2":4})");
  const Json once = document;
  Masker().mask(document);
  EXPECT_EQ(document, once);
}

TEST(Masker, masks_lists_and_objects_of_documents_within_a_text) {
  for (const auto& [text, expected] : std::vector<std::pair<std::string, std::string>>{
           {R"(args ["run","--password","hunter2","--fast"] ok)",
            R"(args ["run","--password","***","--fast"] ok)"},
           {R"(['--api-key', 'hunter2'])", R"(['--api-key', '***'])"},
           {R"({"passwords": ["hunter2", "pa]ss"], "tries": 3})",
            R"({"passwords": [***], "tries": 3})"},
           {R"({"secret":[["a"],["hunter2"]],"n":1})", R"({"secret":[***],"n":1})"},
           {R"({"secrets": {"db": "hunter2", "mail": "x"}, "n": 1})",
            R"({"secrets": {***}, "n": 1})"},
           {R"({\"password\":[\"hunter2\"],\"user\":\"bob\"})",
            R"({\"password\":[***],\"user\":\"bob\"})"},
           {"{\n \"password\": [\n  \"hunter2\"\n ]\n}", "{\n \"password\": [***]\n}"},
           {R"(cut: "tokens": 3, "token": ["hunter2", "hun)", R"(cut: "tokens": 3, "token": [***)"},
           {"password=[S3cr]et x", "password=[***]*** x"},
           {"password=[]", "password=[]"},
           {R"([{"name": "DB_PASSWORD", "value": "hunter2"}, {"name": "MODE", "value": "quick"}])",
            R"([{"name": "DB_PASSWORD", "value": "***"}, {"name": "MODE", "value": "quick"}])"}}) {
    EXPECT_EQ(masked(text), expected);
    EXPECT_EQ(masked(expected), expected);
  }
}

TEST(Masker, masks_tokens_behind_an_underscore) {
  EXPECT_EQ(masked("run_ghp_" + letters_of(36)), "run_***");
  EXPECT_EQ(masked("key_AKIAIOSFODNN7EXAMPLE_old"), "key_***_old");
}

TEST(Masker, masks_what_lists_of_arguments_and_of_variables_keep_apart) {
  Json document = {
      {"args", {"run", "--password", "hunter2", "--fast", "yes"}},
      {"env",
       {{{"name", "DB_PASSWORD"}, {"value", "hunter2"}}, {{"name", "MODE"}, {"value", "quick"}}}},
      {"mysql_pwd", "hunter2"},
      {"credentials", "hunter2"}};
  Masker().mask(document);
  EXPECT_EQ(to_line(document),
            R"({"args":["run","--password","***","--fast","yes"],"env":[{"name":"DB_PASSWORD",)"
            R"("value":"***"},{"name":"MODE","value":"quick"}],"mysql_pwd":"***",)"
            R"("credentials":"***"})");
}

TEST(Masker, knows_names_of_secrets) {
  for (const char* name : {"password", "DB_PASSWORD", "password2", "apiToken", "api-key", "API_KEY",
                           "aws_secret_access_key", "client.secret", "private_key", "PGPASS"}) {
    EXPECT_TRUE(names_a_secret(name)) << name;
  }
  for (const char* name :
       {"", "key", "tokens", "max_tokens", "tokenizer", "keyword", "passed", "public_key"}) {
    EXPECT_FALSE(names_a_secret(name)) << name;
  }
}

TEST(Masker, adds_the_patterns_of_the_settings) {
  const auto masker =
      Masker::with_patterns(std::vector<std::string>{"lab-[0-9a-f]{8}", "id=(\\d+)"});
  ASSERT_TRUE(masker) << masker.error().what;
  EXPECT_EQ(masker->masked("lab-0123abcd id=77 token=x"), "*** id=*** token=***");
}

TEST(Masker, refuses_patterns_that_cannot_be_used_and_names_them) {
  for (const char* pattern : {"(", "[a-", "a**(", "x*", "", "a|", "^", "(?<=a)b"}) {
    const auto masker = Masker::with_patterns(std::vector<std::string>{"fine", pattern});
    ASSERT_FALSE(masker) << pattern;
    EXPECT_EQ(masker.error().kind, ErrorKind::InvalidInput);
    EXPECT_TRUE(masker.error().what.contains("'" + std::string(pattern) + "'"))
        << masker.error().what;
  }
  EXPECT_FALSE(Masker::with_patterns(std::vector<std::string>{std::string(1001, 'a')}));
  EXPECT_FALSE(Masker::with_patterns(std::vector<std::string>(101, "a")));
}

TEST(Masker, takes_time_in_proportion_to_the_text) {
  // Each would take a backtracking matcher longer than anybody waits.
  for (const std::string& part : std::vector<std::string>{
           "a", "a_", "token", "token=", "-----BEGIN RSA PRIVATE KEY-----", "curl ",
           "https://a:", "password=\"\\", "eyJ", "\\\"", "login ", "authorization: digest "}) {
    std::string text;
    while (text.size() < 200'000) text += part;
    EXPECT_EQ(masked(masked(text)), masked(text));
  }
}

TEST(Patterns, all_compile_and_have_lower_case_hints) {
  for (const secrets::Pattern& pattern : secrets::built_in_patterns()) {
    EXPECT_TRUE(RE2(pattern.expression, RE2::Quiet).ok()) << pattern.expression;
    EXPECT_FALSE(pattern.hints[0].empty()) << pattern.expression;
    for (const std::string_view hint : pattern.hints) {
      if (hint.empty()) continue;
      EXPECT_GE(hint.size(), 3U) << hint;
      EXPECT_TRUE(secrets::may_hold_a_hint("x" + std::string(hint))) << hint;
      for (const char c : hint) EXPECT_FALSE(c >= 'A' && c <= 'Z') << hint;
    }
  }
}

// From the pieces that secrets are made of, so that they meet.
std::string soup() {
  std::string text;
  const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
      "password", "token", "api_key", "=", ":", " ", "\"", "'", "\\", "\n", "&", "@", "://",
      "https", "ssh", "user", "***", "*", "ghp_abcd", "sk-", "-----BEGIN RSA PRIVATE KEY-----",
      "-----END RSA PRIVATE KEY-----", "aBcDeFgHiJkLmNoPqRsT", "authorization", "basic ", "digest ",
      "bearer ", "cookie", ";", "sig=", "?", "pwd", "--", "-u ", "curl ", "/", ".", "eyJ", "\xFF",
      "é"));
  for (const std::string& piece : pieces) text += piece;
  return text;
}

PROPERTY(Masker, masking_what_was_masked_changes_nothing) {
  const std::string once = masked(soup());
  RC_ASSERT(masked(once) == once);
}

PROPERTY(Masker, keeps_valid_utf8_valid) {
  const std::string text = valid_utf8(soup());
  RC_ASSERT(valid_utf8(masked(text)) == masked(text));
}

}  // namespace
}  // namespace signalbox
