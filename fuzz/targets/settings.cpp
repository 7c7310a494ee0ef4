// signalbox.toml, which everybody who may push can write, and a user's own config.toml.
#include "clone/settings.h"

#include "secrets/masker.h"
#include "target.h"

namespace signalbox::fuzz {
namespace {

void settings(std::string_view bytes) {
  if (const auto parsed = parse_settings(bytes)) {
    require(parsed->pushes_per_minute >= 1 && parsed->pushes_per_minute <= 600);
    require(parsed->push_timeout.count() >= 1 && parsed->push_timeout.count() <= 3600);
    require(parsed->publish_deadline.count() >= 1 && parsed->publish_deadline.count() <= 3600);
    if (const auto masker = Masker::with_patterns(parsed->secret_patterns)) {
      (void)masker->masked(std::string(bytes));
    }
  } else {
    require(!parsed.error().what.empty() && parsed.error().what.find('\n') == std::string::npos);
  }
  (void)parse_user_config(bytes);
}

const Target target("settings", settings);

}  // namespace
}  // namespace signalbox::fuzz
