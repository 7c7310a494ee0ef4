// All jobs: what needs a look first.
import { useSignal } from "@preact/signals";
import { AgeOf } from "../../components/moment";
import { status_class } from "../../components/status";
import { firing, firing_label, firing_unmuted } from "../../data/alerts";
import { jobs_are_complete } from "../../data/jobs";
import { snapshot } from "../../data/snapshot";
import { link, route, set_query } from "../../routes";
import { rule_label, status_label, text } from "../../strings";
import { parse_time } from "../../time/clock";
import { by_status, group, selected, sort_column, wanted_states, type Column } from "./selection";
import { JobTable } from "./table";

function toggle_state(word: string): void {
  const states = new Set(wanted_states.value);
  if (!states.delete(word)) states.add(word);
  set_query({ status: [...states].join(",") || undefined });
}

function Chip({ word, label, count, status, severity }: { word: string; label: string; count: number; status?: string; severity?: string }) {
  return (
    <button type="button" class="chip-button" data-status={status} data-severity={severity} aria-pressed={wanted_states.value.has(word)} onClick={() => toggle_state(word)}>
      <span class={status ? "status" : "flag-label"} data-status={status}>
        {label}
      </span>
      <b>{count.toLocaleString("en")}</b>
    </button>
  );
}

function Counts() {
  const counts = Object.entries(snapshot.value.counts).filter(([, count]) => count > 0);
  counts.sort(([a], [b]) => by_status(a, b));
  const rules = new Map<string, { count: number; severity: string }>();
  for (const alert of firing.value) {
    // A rule of the name of a status is counted there already.
    if (!alert.job || counts.some(([status]) => status === alert.rule)) continue;
    rules.set(alert.rule, { count: (rules.get(alert.rule)?.count ?? 0) + 1, severity: alert.severity });
  }
  return (
    <div class="chips" role="group" aria-label={text.overview.counts}>
      {counts.map(([status, count]) => (
        <Chip key={status} word={status} label={status_label(status)} count={count} status={status_class(status)} />
      ))}
      {[...rules].map(([rule, { count, severity }]) => (
        <Chip key={`rule ${rule}`} word={rule} label={rule_label(rule)} count={count} severity={severity} />
      ))}
    </div>
  );
}

const hosts_shown = 6;

// The ones that were not heard for the longest come first: they are what this line is for.
function Hosts() {
  const open = useSignal(false);
  const hosts = snapshot.value.hosts
    .map(({ host, time }) => ({ host, time: parse_time(time) }))
    .sort((a, b) => (a.time ?? 0) - (b.time ?? 0) || (a.host < b.host ? -1 : 1));
  if (hosts.length === 0) return null;
  const shown = open.value ? hosts : hosts.slice(0, hosts_shown);
  return (
    <div class="hosts">
      <h2>{text.overview.hosts}</h2>
      <ul>
        {shown.map(({ host, time }) => (
          <li key={host}>
            <span>{host}</span> <span class="muted">{time === undefined ? text.none : <AgeOf key={time} time={time} />}</span>
          </li>
        ))}
      </ul>
      {hosts.length > hosts_shown && (
        <button type="button" class="link" aria-expanded={open.value} onClick={() => (open.value = !open.value)}>
          {open.value ? text.overview.fewer_hosts : text.overview.more_hosts(hosts.length - hosts_shown)}
        </button>
      )}
    </div>
  );
}

function Options({ options }: { options: Record<string, string> }) {
  return (
    <>
      {Object.entries(options).map(([value, label]) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </>
  );
}

function Toolbar() {
  const { query } = route.value;
  const filtered = query.get("q") || query.get("status");
  return (
    <div class="toolbar">
      <input
        type="search"
        aria-label={text.overview.search}
        placeholder={text.overview.search_hint}
        autoComplete="off"
        spellcheck={false}
        value={query.get("q") ?? ""}
        onInput={(event) => set_query({ q: event.currentTarget.value || undefined }, "replace")}
      />
      <label>
        <span class="hidden">{text.overview.group}</span>
        <select value={group.value} onChange={(event) => set_query({ group: event.currentTarget.value === "none" ? undefined : event.currentTarget.value })}>
          <Options options={text.overview.groups} />
        </select>
      </label>
      <label>
        <span class="label">{text.overview.sort}</span>
        <select value={sort_column.value} onChange={(event) => set_query({ sort: (event.currentTarget.value as Column) === "attention" ? undefined : event.currentTarget.value, order: undefined })}>
          <Options options={text.overview.columns} />
        </select>
      </label>
      {filtered && (
        <button type="button" class="link" onClick={() => set_query({ q: undefined, status: undefined })}>
          {text.overview.reset}
        </button>
      )}
      <span class="shown muted">
        {text.overview.shown(selected.value.length, snapshot.value.total)}
        {!jobs_are_complete.value && `, ${text.overview.loading_rest}`}
      </span>
    </div>
  );
}

function AlertLine() {
  const alerts = firing_unmuted.value;
  if (alerts.length === 0) return null;
  const worst = alerts.find((alert) => alert.severity === "high") ?? alerts[0]!;
  return (
    <p class="alert-line" data-severity={worst.severity}>
      <a href={link("alerts")}>{text.overview.alerts_fire(firing_label.value)}</a>
      <span class="alert-text">
        {worst.job && <b>{worst.job} </b>}
        {worst.text}
      </span>
    </p>
  );
}

export function Overview() {
  return (
    <>
      <h1 class="hidden">{text.pages.overview}</h1>
      <section class="summary">
        <Counts />
        <Hosts />
      </section>
      <AlertLine />
      <Toolbar />
      {selected.value.length > 0 ? <JobTable /> : <p class="empty">{snapshot.value.total === 0 ? text.overview.no_jobs : text.overview.nothing}</p>}
    </>
  );
}
