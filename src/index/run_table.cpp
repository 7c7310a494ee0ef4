#include "index/run_table.h"

#include <algorithm>

#include "index/implementation.h"

namespace signalbox {
namespace {

using sqlite::Statement;

std::int64_t number_of(Day day) {
  return day.time_since_epoch().count();
}
Day day_of(std::int64_t number) {
  return Day{std::chrono::days{number}};
}
std::int64_t number_of(UtcTime time) {
  return time.time_since_epoch().count();
}

constexpr const char* forget_shown =
    "DELETE FROM shown_runs WHERE (day, start, job, run) IN "
    "(SELECT day, start, job, run FROM runs WHERE job = ?1 AND run = ?2)";
constexpr const char* mark_day =
    "INSERT INTO days SELECT day, 0, '', -1 FROM runs WHERE job = ?1 AND run = ?2 "
    "ON CONFLICT (day) DO UPDATE SET changed = -1";

}  // namespace

Result<std::vector<RunTable::Stale>> RunTable::stale() const {
  std::vector<Stale> all;
  const auto done = index_.impl_->for_each_row(
      "SELECT job, run, id FROM stale ORDER BY job, run", {}, [&](const Statement& row) {
        auto job = JobName::parse(row.text(0));
        auto id = EventId::parse(row.text(2));
        if (job && id) all.push_back({*std::move(job), row.text(1), *std::move(id)});
      });
  if (!done) return std::unexpected(done.error());
  return all;
}

Status RunTable::settle(const Stale& stale) const {
  return index_.impl_->run("DELETE FROM stale WHERE job = ?1 AND run = ?2",
                           {stale.job.text(), stale.run});
}

Result<std::vector<Event>> RunTable::events_from(const JobName& job, const EventId& first) const {
  std::vector<Event> events;
  const auto done =
      index_.impl_->for_each_row("SELECT line FROM events WHERE job = ?1 AND id >= ?2 ORDER BY id",
                                 {job.text(), first.text()}, [&](const Statement& row) {
                                   if (auto event = parse_event(row.text(0)))
                                     events.push_back(*std::move(event));
                                 });
  if (!done) return std::unexpected(done.error());
  return events;
}

Result<std::optional<Event>> RunTable::event(const JobName& job, const EventId& id) const {
  std::optional<Event> event;
  const auto done = index_.impl_->for_each_row("SELECT line FROM events WHERE job = ?1 AND id = ?2",
                                               {job.text(), id.text()}, [&](const Statement& row) {
                                                 if (auto found = parse_event(row.text(0)))
                                                   event = *std::move(found);
                                               });
  if (!done) return std::unexpected(done.error());
  return event;
}

Result<RunTable::Beginning> RunTable::beginning_of(std::span<const Stale> stale) const {
  Beginning beginning{.first = stale.front().first, .nameless = std::nullopt};
  const auto nameless_from = [&](const EventId& id) {
    beginning.nameless = std::min(beginning.nameless.value_or(id), id);
  };
  const std::string& job = stale.front().job.text();
  for (const Stale& each : stale) {
    beginning.first = std::min(beginning.first, each.first);
    if (each.run.empty()) nameless_from(each.first);
    // The run as it was known, and the event without a run_id that it goes on from.
    auto done = index_.impl_->for_each_row(
        "SELECT first, 0 FROM runs WHERE job = ?1 AND run = ?2 UNION ALL "
        "SELECT id, 1 FROM events WHERE job = ?1 AND id = ?2 AND run = ''",
        {job, each.run}, [&](const Statement& row) {
          const auto id = EventId::parse(row.text(0));
          if (!id) return;
          beginning.first = std::min(beginning.first, *id);
          if (row.number(1) == 1) nameless_from(*id);
        });
    if (!done) return std::unexpected(done.error());
  }
  if (!beginning.nameless) return beginning;
  // The run that the event before them is of: they may go on from there.
  auto done = index_.impl_->for_each_row(
      "SELECT run FROM runs WHERE job = ?1 AND NOT named AND run <= ifnull((SELECT max(id) FROM "
      "events WHERE job = ?1 AND run = '' AND id < ?2), '') ORDER BY run DESC LIMIT 1",
      {job, beginning.nameless->text()}, [&](const Statement& row) {
        if (const auto id = EventId::parse(row.text(0))) nameless_from(*id);
      });
  if (!done) return std::unexpected(done.error());
  beginning.first = std::min(beginning.first, *beginning.nameless);
  return beginning;
}

Status RunTable::put(const JobName& job, const Row& row) const {
  auto done = remove(job, row.run);
  if (!done) return done;
  const auto day = number_of(std::chrono::floor<std::chrono::days>(row.start));
  done = index_.impl_->run(
      "INSERT INTO runs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
      {job.text(), row.run, row.first.text(), std::int64_t{row.nameless ? 0 : 1},
       number_of(row.start), day, row.status, row.seconds, number_of(row.since), row.record});
  if (done) {
    done = index_.impl_->run("INSERT INTO shown_runs VALUES (?1, ?2, ?3, ?4, ?5)",
                             {day, number_of(row.start), job.text(), row.run, row.shown});
  }
  if (done) done = index_.impl_->run(mark_day, {job.text(), row.run});
  return done;
}

Status RunTable::remove(const JobName& job, const std::string& run) const {
  auto done = index_.impl_->run(mark_day, {job.text(), run});
  if (done) done = index_.impl_->run(forget_shown, {job.text(), run});
  if (!done) return done;
  return index_.impl_->run("DELETE FROM runs WHERE job = ?1 AND run = ?2", {job.text(), run});
}

Status RunTable::remove_nameless(const JobName& job, const EventId& first) const {
  const auto runs =
      index_.impl_->texts("SELECT run FROM runs WHERE job = ?1 AND run >= ?2 AND NOT named",
                          {job.text(), first.text()});
  if (!runs) return std::unexpected(runs.error());
  for (const std::string& run : *runs) {
    if (auto done = remove(job, run); !done) return done;
  }
  return {};
}

Result<std::vector<std::string>> RunTable::last_records(const JobName& job,
                                                        std::size_t limit) const {
  return index_.impl_->texts(
      "SELECT record FROM runs WHERE job = ?1 ORDER BY start DESC, run DESC LIMIT ?2",
      {job.text(), static_cast<std::int64_t>(limit)});
}

Result<std::vector<std::string>> RunTable::last_shown(const JobName& job, std::size_t limit) const {
  return index_.impl_->texts(
      "SELECT s.json FROM runs AS r JOIN shown_runs AS s ON s.day = r.day AND s.start = r.start "
      "AND s.job = r.job AND s.run = r.run WHERE r.job = ?1 ORDER BY r.start DESC, r.run DESC "
      "LIMIT ?2",
      {job.text(), static_cast<std::int64_t>(limit)});
}

Result<std::size_t> RunTable::count(const JobName& job) const {
  return index_.impl_->number("SELECT count(*) FROM runs WHERE job = ?1", {job.text()});
}

Result<std::vector<Event>> RunTable::sample(const JobName& job, const std::string& run,
                                            std::size_t most) const {
  std::vector<Event> events;
  const auto done = index_.impl_->for_each_row(
      "WITH r AS (SELECT first, named FROM runs WHERE job = ?1 AND run = ?2), "
      "n AS (SELECT e.id, row_number() OVER (ORDER BY e.id) AS n, count(*) OVER () AS total "
      "FROM events AS e, r WHERE e.job = ?1 AND e.id >= r.first AND "
      "(e.run = ?2 OR (NOT r.named AND e.run = '' AND e.id < ifnull((SELECT min(x.run) FROM runs "
      "AS x WHERE x.job = ?1 AND NOT x.named AND x.run > ?2), 'z')))) "
      "SELECT e.line FROM n JOIN events AS e ON e.job = ?1 AND e.id = n.id "
      "WHERE n.total <= ?3 OR n.n = n.total OR (n.n - 1) % ((n.total + ?3 - 2) / (?3 - 1)) = 0 "
      "ORDER BY e.id",
      {job.text(), run, static_cast<std::int64_t>(most)}, [&](const Statement& row) {
        if (auto event = parse_event(row.text(0))) events.push_back(*std::move(event));
      });
  if (!done) return std::unexpected(done.error());
  return events;
}

Result<std::vector<RunTable::OfJob>> RunTable::shown_of_day(Day day) const {
  std::vector<OfJob> runs;
  const auto done = index_.impl_->for_each_row(
      "SELECT job, json FROM shown_runs WHERE day = ?1 ORDER BY start, job, run", {number_of(day)},
      [&](const Statement& row) { runs.push_back({row.text(0), row.text(1)}); });
  if (!done) return std::unexpected(done.error());
  return runs;
}

Result<std::vector<RunTable::OfJob>> RunTable::last_changed(std::size_t limit) const {
  std::vector<OfJob> runs;
  const auto done = index_.impl_->for_each_row(
      "SELECT job, record FROM runs ORDER BY since DESC, job, run LIMIT ?1",
      {static_cast<std::int64_t>(limit)},
      [&](const Statement& row) { runs.push_back({row.text(0), row.text(1)}); });
  if (!done) return std::unexpected(done.error());
  return runs;
}

Result<std::vector<RunTable::DayCount>> RunTable::days(const JobName& job,
                                                       std::size_t last_days) const {
  std::vector<DayCount> counts;
  const auto done = index_.impl_->for_each_row(
      "SELECT day, status, count(*), sum(seconds) FROM runs WHERE job = ?1 AND day >= ifnull("
      "(SELECT min(day) FROM (SELECT DISTINCT day FROM runs WHERE job = ?1 ORDER BY day DESC "
      "LIMIT ?2)), 0) GROUP BY day, status ORDER BY day, status",
      {job.text(), static_cast<std::int64_t>(last_days)}, [&](const Statement& row) {
        counts.push_back({day_of(row.number(0)), row.text(1), row.number(2), row.number(3)});
      });
  if (!done) return std::unexpected(done.error());
  return counts;
}

Result<std::vector<RunTable::DayCount>> RunTable::of_day(Day day) const {
  std::vector<DayCount> counts;
  const auto done = index_.impl_->for_each_row(
      "SELECT status, count(*), sum(seconds) FROM runs WHERE day = ?1 GROUP BY status "
      "ORDER BY status",
      {number_of(day)}, [&](const Statement& row) {
        counts.push_back({day, row.text(0), row.number(1), row.number(2)});
      });
  if (!done) return std::unexpected(done.error());
  return counts;
}

Result<std::vector<Day>> RunTable::stale_days() const {
  std::vector<Day> days;
  const auto done = index_.impl_->for_each_row(
      "SELECT day FROM days WHERE changed = -1 ORDER BY day", {},
      [&](const Statement& row) { days.push_back(day_of(row.number(0))); });
  if (!done) return std::unexpected(done.error());
  return days;
}

Status RunTable::put(const DayRow& row) const {
  if (row.runs == 0) {
    return index_.impl_->run("DELETE FROM days WHERE day = ?1", {number_of(row.day)});
  }
  return index_.impl_->run("INSERT OR REPLACE INTO days VALUES (?1, ?2, ?3, ?4)",
                           {number_of(row.day), row.runs, row.json, row.changed});
}

Result<std::vector<RunTable::DayRow>> RunTable::all_days() const {
  std::vector<DayRow> days;
  const auto done = index_.impl_->for_each_row(
      "SELECT day, runs, json, changed FROM days ORDER BY day", {}, [&](const Statement& row) {
        days.push_back({day_of(row.number(0)), row.number(1), row.text(2), row.number(3)});
      });
  if (!done) return std::unexpected(done.error());
  return days;
}

}  // namespace signalbox
