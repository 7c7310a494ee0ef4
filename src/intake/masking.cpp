#include "intake/masking.h"

#include "base/text.h"
#include "clone/settings.h"

namespace signalbox {
namespace {

void mask_text(const Masker& masker, std::string& text, std::size_t limit) {
  if (!text.empty()) text = shortened(masker.masked(std::move(text)), limit);
}

void mask_text(const Masker& masker, std::optional<std::string>& text, std::size_t limit) {
  if (text) mask_text(masker, *text, limit);
}

// Whether the settings hold patterns, for who knows no TOML: a line that is no comment says so.
bool may_have_patterns(std::string_view settings) {
  constexpr std::string_view key = "patterns";
  for (auto at = settings.find(key); at != std::string_view::npos;
       at = settings.find(key, at + 1)) {
    const auto line_end = settings.rfind('\n', at);
    const auto line = settings.substr(line_end == std::string_view::npos ? 0 : line_end + 1);
    if (!trimmed(line).starts_with('#')) return true;
  }
  return false;
}

// A word is folded to lower case where it enters; tokens of upper case letters are known by those.
std::string upper_case(std::string word) {
  for (char& c : word) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return word;
}

bool is_secret(const std::string& word) {
  return Masker().masked(word) != word;
}

}  // namespace

std::string masked_status(std::string word) {
  if (is_secret(word) || is_secret(upper_case(word))) return "masked";
  return word;
}

Event masked(Event event, const Masker& masker) {
  event.status = masked_status(std::move(event.status));
  mask_text(Masker(), event.run_id, field_limit);
  mask_text(masker, event.host, field_limit);
  mask_text(masker, event.start_time, field_limit);
  mask_text(masker, event.end_time, field_limit);
  mask_text(masker, event.next_scheduled_run, field_limit);
  mask_text(masker, event.message, message_limit);
  for (Json* document : {&event.config, &event.metrics, &event.extra}) masker.mask(*document);
  return event;
}

ReportMasker masker_for_report(os::FileSystem& fs, const Clone& clone) {
  if (clone.worktree.empty()) return {};
  const auto bytes = fs.read(clone.worktree + "/" + settings_file, settings_limit);
  if (!bytes || !may_have_patterns(*bytes)) return {};
  const auto settings = parse_settings(*bytes);
  const auto masker = settings ? Masker::with_patterns(settings->secret_patterns)
                               : Result<Masker>(std::unexpected(settings.error()));
  if (masker) return {*masker, ""};
  return {Masker(), masker.error().what + "; nothing is published until it is mended"};
}

}  // namespace signalbox
