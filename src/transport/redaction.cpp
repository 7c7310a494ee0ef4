// Secrets out of git's messages: they end in logs, in `status` and in mails.
#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "base/text.h"
#include "transport/git_remote.h"

namespace signalbox {
namespace {

constexpr std::size_t message_limit = 400;
constexpr std::size_t scan_limit = std::size_t{64} * 1024;  // more is never shown
constexpr std::string_view mask = "***";

bool ends_a_word(char byte) {
  return std::isspace(static_cast<unsigned char>(byte)) != 0 || byte == '\'' || byte == '"' ||
         byte == '<' || byte == '>';
}

bool is_name_byte(char byte) {
  return std::isalnum(static_cast<unsigned char>(byte)) != 0 || byte == '_' || byte == '-';
}

std::size_t end_of_word(std::string_view text, std::size_t from) {
  while (from < text.size() && !ends_a_word(text[from])) ++from;
  return from;
}

// "https://user:password@host" and "https://token@host" become "https://***@host". The user name
// of an ssh address is no secret, a password behind it is.
std::string without_url_credentials(std::string text) {
  constexpr std::string_view separator = "://";
  for (std::size_t at = text.find(separator); at != std::string::npos;
       at = text.find(separator, at + 1)) {
    const std::size_t begin = at + separator.size();
    std::size_t end = end_of_word(text, begin);
    end = std::min(end, text.find('/', begin));
    const std::size_t sign = std::string_view(text).substr(0, end).rfind('@');
    if (sign == std::string::npos || sign < begin) continue;
    std::size_t secret = begin;
    if (std::string_view(text).substr(0, at).ends_with("ssh")) {
      const std::size_t colon = text.find(':', begin);
      if (colon == std::string::npos || colon > sign) continue;
      secret = colon + 1;
    }
    text.replace(secret, sign - secret, mask);
  }
  return text;
}

// The value after "access_token=", "password: ", "Authorization: Basic " and the like.
std::string without_named_secrets(std::string text) {
  constexpr std::array names = {"token=",
                                "password=",
                                "passwd=",
                                "secret=",
                                "api_key=",
                                "apikey=",
                                "token:",
                                "password:",
                                "secret:",
                                "authorization: basic ",
                                "authorization: bearer "};
  std::string lower = text;
  std::ranges::transform(lower, lower.begin(), [](char byte) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(byte)));
  });
  for (const std::string_view name : names) {
    for (std::size_t at = lower.find(name); at != std::string::npos; at = lower.find(name, at)) {
      std::size_t begin = at + name.size();
      while (begin < text.size() && text[begin] == ' ') ++begin;
      std::size_t end = begin;
      while (end < text.size() && !ends_a_word(text[end]) && text[end] != '&') ++end;
      text.replace(begin, end - begin, begin == end ? "" : mask);
      lower.replace(begin, end - begin, begin == end ? "" : mask);
      at = begin;
    }
  }
  return text;
}

// Tokens that their makers marked with a prefix: GitHub's and GitLab's.
std::string without_known_tokens(std::string text) {
  constexpr std::array prefixes = {"ghp_",        "gho_",   "ghu_",  "ghs_",  "ghr_",
                                   "github_pat_", "glpat-", "gldt-", "glcbt-"};
  for (const std::string_view prefix : prefixes) {
    for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at)) {
      std::size_t end = at;
      while (end < text.size() && is_name_byte(text[end])) ++end;
      text.replace(at, end - at, mask);
      at += mask.size();
    }
  }
  return text;
}

std::string on_one_line(std::string_view text) {
  std::string result;
  for (const std::string_view line : lines_of(text)) {
    const std::string_view words = trimmed(line);
    if (words.empty()) continue;
    if (!result.empty()) result += "; ";
    result += words;
  }
  return result;
}

}  // namespace

std::string redacted(std::string_view text) {
  // Cut after the secrets are gone: a cut could hide the sign that marks one.
  std::string line = on_one_line(text.substr(0, scan_limit));
  line = without_url_credentials(std::move(line));
  line = without_named_secrets(std::move(line));
  line = without_known_tokens(std::move(line));
  return printable(line, message_limit);
}

}  // namespace signalbox
