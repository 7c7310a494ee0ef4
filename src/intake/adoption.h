// Files that other programs write straight into data/status/ become events.
//
// A file is news when it parses, is not sealed (board/view.h: our own renderings are never news),
// and its content is not known: no event made from it waits or is published, and no version of
// the branch's history holds it (an old version that a checkout, pull, merge or stash pop brought
// back). Its event's id comes from the content: the clock is its own "last_updated", or else the
// time of the file or commit that brought it, raised above the "revision" it was edited from;
// the random part is a digest of the content. So adopting twice is once.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "board/document.h"
#include "clone/clone.h"
#include "event/event.h"
#include "os/file_system.h"
#include "spool/spool.h"

namespace signalbox {

// Answers whether this content of a job's file was seen before: as a published event or as a
// version in the branch's history. Opening the repository for it is expensive, so it is asked
// last and only about files that nothing else explains.
using SeenBefore =
    std::function<Result<bool>(const JobName& job, std::string_view bytes, std::uint64_t digest)>;

struct Adoption {
  std::vector<Event> events;            // now in the spool
  std::vector<std::string> left_alone;  // "data/status/x.json: not valid JSON"
};

// Looks at every file of `status_directory_path` and spools what is news.
[[nodiscard]] Result<Adoption> adopt_directory(os::FileSystem& fs,
                                               const std::string& status_directory_path,
                                               Spool& spool, const SeenBefore& seen_before);

// One file whose content was read already. The event when it is news and is now in the spool;
// nothing when it is known.
[[nodiscard]] Result<std::optional<Event>> adopt_document(const ParsedView& document,
                                                          std::string_view bytes, UtcTime found,
                                                          Spool& spool,
                                                          const SeenBefore& seen_before);

}  // namespace signalbox
