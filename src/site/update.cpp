#include "site/update.h"

#include <algorithm>

#include "publish/board_reader.h"
#include "site/naming.h"
#include "site/publish.h"

namespace signalbox::site {
namespace {

Result<Naming> naming_for(const Session& session, const Clone& clone, const Repository& repository,
                          const Updating& updating) {
  auto naming = naming_of(session, clone, repository);
  if (!naming) return naming;
  naming->live = updating.live;
  if (updating.base_url.empty()) return naming;
  auto parsed = parse_base_url(updating.base_url);
  if (!parsed) return std::unexpected(parsed.error());
  naming->base_url = *std::move(parsed);
  return naming;
}

}  // namespace

bool Shown::is_same_as(const Shown& other) const {
  return tip == other.tip && settings == other.settings &&
         std::ranges::equal(waiting, other.waiting, {}, &Event::id, &Event::id);
}

Result<Shown> what_is_shown(os::FileSystem& fs, const Clone& clone, Session& session) {
  auto tip = session.shown_tip();
  if (!tip) return std::unexpected(tip.error());
  auto waiting = read_waiting_events(fs, clone);
  if (!waiting) return std::unexpected(waiting.error());
  return Shown{.tip = *std::move(tip),
               .settings = session.settings().digest,
               .waiting = *std::move(waiting)};
}

Status update(os::FileSystem& fs, const Clone& clone, Session& session, const Shown& shown,
              const Updating& updating, Directory& directory) {
  const auto naming = naming_for(session, clone, session.repository(), updating);
  if (!naming) return std::unexpected(naming.error());
  return session.with_index([&](HistoryIndex& index) -> Status {
    if (auto done = session.repository().update_index(index, shown.tip, updating.reports.deriving);
        !done) {
      return done;
    }
    const Source source{.fs = fs,
                        .repository = session.repository(),
                        .index = index,
                        .settings = session.settings(),
                        .tip = shown.tip,
                        .waiting = shown.waiting};
    return build(source, *naming, directory, updating.reports);
  });
}

}  // namespace signalbox::site
