// Secrets out of text: tokens, keys, passwords and what stands beside a name that says so become
// "***". The one place that knows what a secret looks like; docs/manual/secrets.md lists it.
//
//   const Masker masker;                                  the built-in patterns
//   const auto masker = Masker::with_patterns(theirs);    and those of signalbox.toml
//   text = masker.masked(text);
//   masker.mask(document);
//
// A pattern is an RE2 expression: linear time, whatever the text. What its groups catch is masked,
// or all that it matches when it has none. A built-in pattern is compiled when one of the literals
// that every match of it holds is in the text for the first time, so harmless text costs a search
// for those.
//
// Masking what was masked changes nothing (of the built-in patterns), the same text gives the same
// bytes, and the text around a secret stays. Never throws. Safe to use from several threads.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace signalbox {

inline constexpr std::string_view secret_mask = "***";

// Bounds on patterns of signalbox.toml.
inline constexpr std::size_t most_secret_patterns = 100;
inline constexpr std::size_t longest_secret_pattern = 1000;  // bytes

class Masker {
 public:
  Masker();
  // InvalidInput, naming the pattern, for one that is no expression, is too long or matches
  // nothing at all (the empty text): then no Masker, so that nobody goes on without it.
  [[nodiscard]] static Result<Masker> with_patterns(std::span<const std::string> patterns);

  Masker(const Masker&);
  Masker& operator=(const Masker&);
  Masker(Masker&&) noexcept;
  Masker& operator=(Masker&&) noexcept;
  ~Masker();

  [[nodiscard]] std::string masked(std::string text) const;

  // Every text in a document, keys too (one that another field has then gets a number); and whole,
  // each text and number under a key that names a secret (a number under a key that ends in "token"
  // is a count, and stays).
  void mask(Json& document) const;

 private:
  struct Expression;
  [[nodiscard]] Json with_masked_keys(Json document) const;
  std::vector<std::shared_ptr<const Expression>> own_;
};

// Whether a field or variable of this name holds a secret: "DB_PASSWORD", "apiToken", "secret-key".
[[nodiscard]] bool names_a_secret(std::string_view name);

}  // namespace signalbox
