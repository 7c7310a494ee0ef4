#include "board/document.h"

namespace signalbox {
namespace {

std::uint64_t fnv1a(std::string_view bytes, std::uint64_t hash = 0xCBF29CE484222325ULL) {
  for (const char c : bytes) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001B3ULL;
  }
  return hash;
}

}  // namespace

std::uint64_t content_digest(const JobName& job, std::string_view bytes) {
  // Folded to the 48 bits of an id, so that both halves count.
  const std::uint64_t hash = fnv1a(bytes, fnv1a(job.text()));
  return (hash ^ (hash >> 48U)) & ((std::uint64_t{1} << 48U) - 1);
}

Event event_from_document(const ParsedView& document, std::string_view bytes, UtcTime found) {
  Event event = document.event;
  if (!says_when(document)) event.time = found;
  // Most writers give whole seconds. What they wrote in the second of an earlier report is later.
  const bool whole_second = event.time == std::chrono::floor<std::chrono::seconds>(event.time);
  const UtcTime clock =
      event.time + std::chrono::milliseconds{whole_second && says_when(document) ? 999 : 0};
  event.id = EventId::next(clock, document.event.id, 0, content_digest(event.job, bytes));
  return event;
}

}  // namespace signalbox
