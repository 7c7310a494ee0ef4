#include "secrets/masker.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <mutex>

#include "base/text.h"
#include "secrets/patterns.h"

namespace signalbox {
namespace {

constexpr int most_groups = 8;  // of one pattern; groups beyond are not looked at
constexpr std::int64_t expression_memory = 8L << 20U;  // bytes, compiled and while it matches

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), secrets::lower);
  return result;
}

RE2::Options options(RE2::Options::Encoding encoding) {
  RE2::Options chosen;
  chosen.set_encoding(encoding);
  chosen.set_log_errors(false);
  chosen.set_max_mem(expression_memory);
  return chosen;
}

// The secrets of one pattern, in the order of the text.
std::string without(const RE2& expression, std::string text) {
  const int groups = 1 + std::min(expression.NumberOfCapturingGroups(), most_groups);
  std::array<re2::StringPiece, 1 + most_groups> found;
  std::string result;
  std::size_t copied = 0;
  std::size_t at = 0;
  while (at <= text.size() &&
         expression.Match(text, at, text.size(), RE2::UNANCHORED, found.data(), groups)) {
    for (int group = groups == 1 ? 0 : 1; group < groups; ++group) {
      const auto& secret = found[static_cast<std::size_t>(group)];
      if (secret.data() == nullptr || secret.empty()) continue;
      const auto begin = static_cast<std::size_t>(secret.data() - text.data());
      if (begin < copied) continue;  // a group within one that is masked
      result.append(text, copied, begin - copied).append(secret_mask);
      copied = begin + secret.size();
    }
    const auto end = static_cast<std::size_t>(found[0].data() - text.data()) + found[0].size();
    at = std::max(end, at + 1);
  }
  if (copied == 0) return text;
  return result.append(text, copied);
}

// Compiled by the first text that may hold one.
const RE2& compiled(const secrets::Pattern& pattern) {
  struct Slot {
    std::once_flag once;
    std::unique_ptr<RE2> expression;
  };
  static std::vector<Slot> slots(secrets::built_in_patterns().size());
  Slot& slot = slots[static_cast<std::size_t>(&pattern - secrets::built_in_patterns().data())];
  std::call_once(slot.once, [&] {
    slot.expression =
        std::make_unique<RE2>(pattern.expression, options(RE2::Options::EncodingLatin1));
  });
  return *slot.expression;
}

bool may_match(const secrets::Pattern& pattern, std::string_view lower_text) {
  if (!pattern.signs.empty() && lower_text.find_first_of(pattern.signs) == std::string_view::npos) {
    return false;
  }
  return std::ranges::any_of(pattern.hints, [&](std::string_view hint) {
    return !hint.empty() && lower_text.find(hint) != std::string_view::npos;
  });
}

std::string without_known_secrets(std::string text) {
  // What one pattern masked may be what another one looks for. Harmless text is looked at once.
  constexpr int most_passes = 8;
  if (!secrets::may_hold_a_hint(text)) return text;
  for (int pass = 0; pass < most_passes; ++pass) {
    const std::string before = text;
    const std::string lower_text = lower_case(text);
    for (const secrets::Pattern& pattern : secrets::built_in_patterns()) {
      if (may_match(pattern, lower_text)) text = without(compiled(pattern), std::move(text));
    }
    if (text == before) break;
  }
  return text;
}

// The words without what separates them: "api-key", "API_KEY" and "apiKey" are one name.
std::string plain_name(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c != '_' && c != '-' && c != '.' && c != ' ') plain += secrets::lower(c);
  }
  while (!plain.empty() && plain.back() >= '0' && plain.back() <= '9') plain.pop_back();
  return plain;
}

// All texts and numbers in what a name says is a secret; numbers not where they are counts.
void mask_whole(Json& value, bool numbers) {
  if (value.is_structured()) {
    for (auto& part : value) mask_whole(part, numbers);
  } else if (value.is_string() ? !value.get_ref<const std::string&>().empty()
                               : value.is_number() && numbers) {
    value = secret_mask;
  }
}

// ["--password", "x"]: a command line that somebody took apart.
bool is_option_of_a_secret(const Json& word) {
  if (!word.is_string()) return false;
  const auto& text = word.get_ref<const std::string&>();
  return text.starts_with('-') && !text.contains('=') && !text.contains(' ') &&
         names_a_secret(text);
}

// {"name": "DB_PASSWORD", "value": "x"}: an environment as lists write it.
bool is_entry_of_a_secret(const Json& document) {
  return std::ranges::any_of(std::array{"name", "key"}, [&](const char* word) {
    const auto found = document.find(word);
    return found != document.end() && found->is_string() &&
           names_a_secret(found->get_ref<const std::string&>());
  });
}

}  // namespace

struct Masker::Expression {
  explicit Expression(const std::string& pattern)
      : re(pattern, options(RE2::Options::EncodingUTF8)) {}
  RE2 re;
};

Masker::Masker() = default;
Masker::Masker(const Masker&) = default;
Masker& Masker::operator=(const Masker&) = default;
Masker::Masker(Masker&&) noexcept = default;
Masker& Masker::operator=(Masker&&) noexcept = default;
Masker::~Masker() = default;

Result<Masker> Masker::with_patterns(std::span<const std::string> patterns) {
  const auto refused = [](std::string_view pattern, const std::string& why) {
    return fail(ErrorKind::InvalidInput,
                "the secret pattern '" + printable(pattern, 100) + "' of signalbox.toml " + why,
                "mend it; the syntax is RE2's, as in 'lab-[0-9a-f]{32}'");
  };
  Masker masker;
  if (patterns.size() > most_secret_patterns) {
    return fail(
        ErrorKind::InvalidInput,
        "signalbox.toml has more than " + std::to_string(most_secret_patterns) + " secret patterns",
        "join some with '|'");
  }
  for (const std::string& pattern : patterns) {
    if (pattern.size() > longest_secret_pattern) {
      return refused(pattern,
                     "is longer than " + std::to_string(longest_secret_pattern) + " bytes");
    }
    auto expression = std::make_shared<Expression>(pattern);
    if (!expression->re.ok()) {
      return refused(pattern, "cannot be used: " + printable(expression->re.error()));
    }
    if (RE2::PartialMatch("", expression->re)) return refused(pattern, "matches the empty text");
    masker.own_.push_back(std::move(expression));
  }
  return masker;
}

std::string Masker::masked(std::string text) const {
  text = without_known_secrets(std::move(text));
  for (const auto& expression : own_) text = without(expression->re, std::move(text));
  return text;
}

void Masker::mask(Json& document) const {
  if (document.is_string()) {
    auto& text = document.get_ref<std::string&>();
    text = masked(std::move(text));
  } else if (document.is_array()) {
    bool is_secret = false;
    for (auto& part : document) {
      const bool is_next_secret = is_option_of_a_secret(part);
      if (is_secret && !is_next_secret) {
        mask_whole(part, true);
      } else {
        mask(part);
      }
      is_secret = is_next_secret;
    }
  } else if (document.is_object()) {
    bool keys_are_fine = true;
    const bool is_entry = is_entry_of_a_secret(document);
    for (auto& [name, value] : document.get_ref<Json::object_t&>()) {
      if (names_a_secret(name) || (is_entry && name == "value")) {
        mask_whole(value, !plain_name(name).ends_with("token"));
      } else {
        mask(value);
      }
      keys_are_fine = keys_are_fine && masked(name) == name;
    }
    if (!keys_are_fine) document = with_masked_keys(std::move(document));
  }
}

// Two keys that look the same without their secrets are two fields all the same.
Json Masker::with_masked_keys(Json document) const {
  Json result = Json::object();
  for (auto& [name, value] : document.items()) {
    const std::string plain = masked(name);
    std::string key = plain;
    for (int number = 2; result.contains(key) || (key != name && document.contains(key));
         ++number) {
      key = plain + " " + std::to_string(number);
    }
    result[key] = std::move(value);
  }
  return result;
}

bool names_a_secret(std::string_view name) {
  constexpr std::array anywhere = {"password", "passwd", "passphrase", "secret"};
  constexpr std::array endings = {"token",      "apikey",        "accesskey",  "privatekey",
                                  "authkey",    "encryptionkey", "signingkey", "masterkey",
                                  "sessionkey", "accountkey",    "servicekey", "deploykey",
                                  "licensekey", "dbpass",        "pgpass",     "subscriptionkey",
                                  "mysqlpwd",   "dbpwd",         "credential", "credentials"};
  const std::string plain = plain_name(name);
  return std::ranges::any_of(anywhere, [&](auto word) { return plain.contains(word); }) ||
         std::ranges::any_of(endings, [&](auto word) { return plain.ends_with(word); });
}

}  // namespace signalbox
