// What is the matter now, what to do, and what was.
import { useComputed } from "@preact/signals";
import { firing as firing_of_snapshot, severity_rank, time_of, without_implied } from "../data/alerts";
import { snapshot } from "../data/snapshot";
import { shard, useShard } from "../data/shards";
import type { Alert } from "../data/types";
import { AlertItem, alert_key, PastAlerts } from "../components/alert_list";
import { Age } from "../components/moment";
import { Facts, Loading, Panel, TableBox, useSteps } from "../components/panel";
import { job_link, route, set_query } from "../routes";
import { rule_label, text } from "../strings";
import { now } from "../time/clock";
import { format_duration, format_percent } from "../time/format";

function fits(alert: Alert, query: URLSearchParams): boolean {
  const severity = query.get("severity");
  const words = (query.get("q") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const hay = [alert.job, alert.rule, alert.text, alert.advice].join("\n").toLowerCase();
  return (!severity || alert.severity === severity) && words.every((word) => hay.includes(word));
}

function Filters() {
  const { query } = route.value;
  const severity = query.get("severity") ?? "";
  return (
    <div class="toolbar">
      <input type="search" aria-label={text.alerts.search} placeholder={text.alerts.search} value={query.get("q") ?? ""} onInput={(event) => set_query({ q: event.currentTarget.value || undefined }, "replace")} />
      <div class="segmented" role="group" aria-label={text.alerts.filter}>
        {Object.entries({ "": text.alerts.any, ...text.severities }).map(([value, label]) => (
          <button key={value} type="button" aria-pressed={severity === value} onClick={() => set_query({ severity: value || undefined })}>
            {label}
          </button>
        ))}
      </div>
    </div>
  );
}

function Firing({ alerts }: { alerts: Alert[] }) {
  const ordered = [...alerts].sort((a, b) => severity_rank(a) - severity_rank(b) || time_of(b) - time_of(a));
  const loud = ordered.filter((alert) => !alert.muted_by);
  const muted = ordered.filter((alert) => alert.muted_by);
  const { shown, more } = useSteps(loud.length, 100);
  return (
    <Panel wide title={text.alerts.now} aside={<span class="muted">{loud.length}</span>}>
      {loud.length === 0 && <p class="muted">{text.alerts.nothing}</p>}
      <ul class="alerts">
        {loud.slice(0, shown).map((alert) => (
          <AlertItem key={alert_key(alert)} alert={alert} />
        ))}
      </ul>
      {more}
      {muted.length > 0 && (
        <details>
          <summary>{text.alerts.muted(muted.length)}</summary>
          <ul class="alerts">
            {muted.map((alert) => (
              <AlertItem key={alert_key(alert)} alert={alert} />
            ))}
          </ul>
        </details>
      )}
    </Panel>
  );
}

const upcoming_shown = 8;

function Upcoming({ alerts }: { alerts: Alert[] }) {
  if (alerts.length === 0) return null;
  return (
    <Panel title={text.alerts.upcoming}>
      <ul class="upcoming">
        {alerts.slice(0, upcoming_shown).map((alert) => (
          <li key={alert_key(alert)}>
            <span>{rule_label(alert.rule)}</span>
            {alert.job ? <a href={job_link(alert.job)}>{alert.job}</a> : <span>{alert.host ?? text.alerts.whole}</span>}
            <span class="muted">
              <Age time={alert.at} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Thresholds({ firing }: { firing: Alert[] }) {
  const { defaults, total } = snapshot.value;
  const troubled = new Set(firing.flatMap((alert) => alert.job ?? [])).size;
  return (
    <Panel title={text.alerts.thresholds}>
      <Facts
        facts={[
          total > 0 && [text.alerts.healthy, `${format_percent((total - troubled) / total)} (${total - troubled} of ${total})`],
          defaults?.silent_seconds !== undefined && [text.alerts.silent_after, format_duration(defaults.silent_seconds)],
          defaults?.long_running_seconds !== undefined && [text.alerts.long_after, `${format_duration(defaults.long_running_seconds)}, ${text.alerts.long_note}`],
        ]}
      />
    </Panel>
  );
}

interface AlertFile {
  now?: Alert[];
  before?: Alert[];
}

const path = "data/alerts.js";

export function Alerts() {
  const file = useShard<AlertFile>(path);
  const { query } = route.value;
  const given = file.value?.now;
  // A number, so that the page is not drawn anew each second.
  const fired = useComputed(() => (shard<AlertFile>(path).value.value?.now ?? []).reduce((count, alert) => count + (time_of(alert) <= now.value ? 1 : 0), 0)).value;
  const by_time = given && [...given].sort((a, b) => time_of(a) - time_of(b));
  const firing = by_time ? without_implied(by_time.slice(0, fired)) : firing_of_snapshot.value;
  const upcoming = by_time ? by_time.slice(fired) : [];
  const before = (file.value?.before ?? []).filter((alert) => fits(alert, query));
  return (
    <>
      <div class="page-head">
        <h1>{text.alerts.title}</h1>
      </div>
      <Filters />
      <div class="panels">
        <Firing alerts={firing.filter((alert) => fits(alert, query))} />
        <Upcoming alerts={upcoming} />
        <Thresholds firing={firing} />
        <Panel wide title={text.alerts.before}>
          <Loading state={file.state} />
          {file.state === "ready" && before.length === 0 && <p class="muted">{text.alerts.nothing_before}</p>}
          {before.length > 0 && (
            <TableBox label={text.alerts.before}>
              <PastAlerts alerts={before} />
            </TableBox>
          )}
        </Panel>
      </div>
    </>
  );
}
