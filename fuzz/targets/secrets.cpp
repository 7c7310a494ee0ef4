// Texts and documents that may hold secrets.
#include "base/text.h"
#include "intake/masking.h"
#include "secrets/masker.h"
#include "target.h"

namespace signalbox::fuzz {
namespace {

void secrets(std::string_view bytes) {
  const Masker masker;
  const std::string once = masker.masked(std::string(bytes));
  require(masker.masked(once) == once);
  if (auto document = parse_json(bytes)) {
    masker.mask(*document);
    const Json masked_once = *document;
    masker.mask(*document);
    require(*document == masked_once);
  }
  const std::string word = masked_status(std::string(bytes));
  require(word == bytes || word == "masked");
  (void)names_a_secret(bytes);
}

const Target target("secrets", secrets);

}  // namespace
}  // namespace signalbox::fuzz
