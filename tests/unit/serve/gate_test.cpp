#include "serve/gate.h"

#include <gtest/gtest.h>

#include "serve/server.h"

namespace signalbox::serve {
namespace {

const std::string token = "0123456789abcdef";

Request request_of(std::map<std::string, std::string> headers) {
  return {.path = "/", .query = {}, .headers = std::move(headers)};
}

unsigned status_of(const std::optional<Response>& response) {
  return response ? response->status : http::ok;
}

TEST(Gate, without_a_token_only_loopback_names_pass) {
  const Gate gate("", 8080);
  for (const char* host : {"localhost", "localhost:1", "127.0.0.1:8080", "[::1]", "[::1]:8080"}) {
    EXPECT_EQ(status_of(gate.stop(request_of({{"host", host}}))), http::ok) << host;
  }
  for (const char* host : {"", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example",
                           "[::1].evil", "evil:localhost", "[::1", "::1"}) {
    EXPECT_EQ(status_of(gate.stop(request_of({{"host", host}}))), http::forbidden) << host;
  }
}

TEST(Gate, a_cookie_is_found_among_others_and_by_its_whole_name) {
  const Gate gate(token, 8080);
  const auto status = [&](const std::string& cookie) {
    return status_of(gate.stop(request_of({{"host", "jobs.example"}, {"cookie", cookie}})));
  };
  EXPECT_EQ(status("signalbox-8080=" + token), http::ok);
  EXPECT_EQ(status("a=b;signalbox-8080=" + token + "; c=d"), http::ok);
  EXPECT_EQ(status("signalbox-8081=" + token), http::unauthorized);
  EXPECT_EQ(status("xsignalbox-8080=" + token), http::unauthorized);
  EXPECT_EQ(status("signalbox-8080=" + token + "0"), http::unauthorized);
  EXPECT_EQ(status("signalbox-8080="), http::unauthorized);
  EXPECT_EQ(status(";;;"), http::unauthorized);
}

TEST(Gate, a_token_in_the_address_leads_to_a_place_of_this_server_only) {
  const Gate gate(token, 8080);
  for (const char* path : {"//evil.example", "/a\r\nSet-Cookie: x", "/a?b", "/\\evil"}) {
    const auto response = gate.stop({.path = path, .query = {{"token", token}}, .headers = {}});
    ASSERT_EQ(status_of(response), http::see_other);
    EXPECT_EQ(response->headers.front().second, "/") << path;
  }
}

TEST(Gate, tokens_are_of_characters_that_need_no_quoting) {
  EXPECT_EQ(parse_token(" " + token + "\n").value_or(""), token);
  for (const std::string text : {"", "short", "0123456789abcde;", "0123456789 abcdef"}) {
    EXPECT_FALSE(parse_token(text)) << text;
  }
  EXPECT_FALSE(parse_token(std::string(257, 'a')));
}

TEST(Address, is_a_number_and_a_port) {
  EXPECT_EQ(parse_address("localhost:80")->text(), "127.0.0.1:80");
  EXPECT_EQ(parse_address("[::1]:0")->text(), "[::1]:0");
  EXPECT_TRUE(parse_address("127.1.2.3:80")->is_loopback());
  EXPECT_FALSE(parse_address("0.0.0.0:80")->is_loopback());
  EXPECT_FALSE(parse_address("[::]:80")->is_loopback());
  for (const char* text : {"", ":", "80", ":80", "a:80", "::1:80", "127.0.0.1:65536",
                           "[::1]:", "127.0.0.1:1e3", "127.0.0.1:+1", "[127.0.0.1]:80"}) {
    EXPECT_FALSE(parse_address(text)) << text;
  }
}

}  // namespace
}  // namespace signalbox::serve
