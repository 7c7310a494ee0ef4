#include "serve/renewal.h"

#include "base/text.h"
#include "event/event_id.h"
#include "os/host.h"
#include "publish/session.h"

namespace signalbox::serve {
namespace {

constexpr std::chrono::milliseconds look_every{1000};
// Between two builds, so that many reports at once are shown by few.
constexpr std::chrono::milliseconds pause{100};

// A stream's event has a bound; beyond it the page reads what it shows again.
constexpr std::size_t most_paths_told = 1000;

}  // namespace

std::string directory_of(const Clone& clone) {
  return clone.own_directory() + "/serve-" + hex(host_digest(os::host_name()), 8);
}

std::string changed_event(const Renewed& renewed) {
  Json data{{"generated_at", renewed.generated_at}};
  if (renewed.changed.size() <= most_paths_told) data["paths"] = renewed.changed;
  return "event: changed\ndata: " + to_line(data) + "\n\n";
}

void Renewal::wait() {
  if (news_->wait(look_every, look_every)) clock_.sleep(pause);
}

Result<Renewed> Renewal::renew(const site::Reports& reports) {
  auto done = [&]() -> Status {
    const auto session = Session::open(fs_, clock_, clone_);
    if (!session) return std::unexpected(session.error());
    auto shown = site::what_is_shown(fs_, clone_, **session);
    if (!shown) return std::unexpected(shown.error());
    if (shown_ && shown_->is_same_as(*shown)) {
      files_.note_error("");
      return {};
    }
    const site::Updating updating{.live = true, .reports = reports};
    if (auto built = site::update(fs_, clone_, **session, *shown, updating, directory_); !built) {
      return built;
    }
    shown_ = *std::move(shown);
    files_.replace(directory_.paths(),
                   {.tip = shown_->tip, .built = clock_.wall(), .waiting = shown_->waiting.size()});
    return {};
  }();
  if (!done) {
    files_.note_error(done.error().what);
    return std::unexpected(done.error());
  }
  Renewed renewed{.changed = directory_.take_changed(), .generated_at = {}};
  if (renewed.changed.empty()) return renewed;
  const auto snapshot = files_.snapshot();
  if (!snapshot) return std::unexpected(snapshot.error());
  const auto parsed = parse_own(*snapshot);
  if (parsed) renewed.generated_at = text_at(*parsed, "generated_at");
  return renewed;
}

}  // namespace signalbox::serve
