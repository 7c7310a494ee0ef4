// How the clones do that bring the data.
import { useShard } from "../../data/shards";
import type { CloneHealth, Health as HealthFile } from "../../data/types";
import { Age } from "../../components/moment";
import { Loading, Panel, TableBox } from "../../components/panel";
import { text } from "../../strings";
import { now_minute, parse_time } from "../../time/clock";
import { format_duration, format_short } from "../../time/format";
import { Log } from "./log";

type State = "ok" | "silent" | "error" | "waiting" | "set-aside";

// A clone is expected to be heard of within its interval; two of them are no accident.
const silent_after = 2;
// Events that wait for longer than this are not on their way.
const behind_after_ms = 1_800_000;

function state_of(clone: CloneHealth): State {
  const heard = parse_time(clone.time);
  const now = now_minute.value;
  if (heard === undefined || (clone.interval_seconds && now - heard > silent_after * clone.interval_seconds * 1000)) return "silent";
  if (clone.last_error) return "error";
  const oldest = parse_time(clone.oldest_waiting);
  if (clone.waiting && oldest !== undefined && now - oldest > behind_after_ms) return "waiting";
  return clone.refused || clone.damaged ? "set-aside" : "ok";
}

const order: State[] = ["error", "waiting", "silent", "set-aside", "ok"];

// The shapes of the jobs' states, used for clones.
const sign: Record<State, string> = { ok: "completed", silent: "lost", error: "failed", waiting: "waiting", "set-aside": "cancelled" };

function CloneRow({ clone, state }: { clone: CloneHealth; state: State }) {
  return (
    <tr>
      <td>
        <span class="status" data-status={sign[state]} data-stale={state === "waiting" || state === "set-aside" ? "" : undefined}>
          {text.health.states[state]}
        </span>
      </td>
      <th scope="row">{clone.host}</th>
      <td>
        <Age time={clone.time} />
      </td>
      <td>
        <Age time={clone.last_publish} />
      </td>
      <td class="number">{clone.published}</td>
      <td class="number">{clone.waiting}</td>
      <td>{clone.oldest_waiting && <Age time={clone.oldest_waiting} />}</td>
      <td class="number">{clone.refused}</td>
      <td class="number">{clone.damaged}</td>
      <td class="short">{clone.last_error}</td>
      <td class="number">{format_duration(clone.sync_period_seconds)}</td>
      <td>{clone.version}</td>
      <td class="mono short">{clone.clone}</td>
    </tr>
  );
}

function Clones({ clones }: { clones: CloneHealth[] }) {
  const rows = clones.map((clone) => ({ clone, state: state_of(clone) })).sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || ((a.clone.host ?? "") < (b.clone.host ?? "") ? -1 : 1));
  const columns = text.health.columns;
  const numbers = new Set([columns.published, columns.waiting, columns.refused, columns.damaged, columns.period]);
  const heads = [columns.state, columns.host, columns.heard, columns.publish, columns.published, columns.waiting, columns.oldest, columns.refused, columns.damaged, columns.error, columns.period, columns.version, columns.clone];
  return (
    <Panel wide title={text.health.clones} note={text.health.note}>
      <TableBox label={text.health.clones}>
        <table class="list">
          <thead>
            <tr>
              {heads.map((head) => (
                <th key={head} scope="col" class={numbers.has(head) ? "number" : undefined}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ clone, state }) => (
              <CloneRow key={clone.clone} clone={clone} state={state} />
            ))}
          </tbody>
        </table>
      </TableBox>
    </Panel>
  );
}

function Totals({ clones }: { clones: CloneHealth[] }) {
  const waiting = clones.reduce((sum, clone) => sum + (clone.waiting ?? 0), 0);
  const oldest = clones.flatMap((clone) => parse_time(clone.oldest_waiting) ?? []).reduce((a, b) => Math.min(a, b), Infinity);
  const problems = clones.filter((clone) => state_of(clone) !== "ok").length;
  const figures: [string, string, string?][] = [
    [text.health.totals.clones, String(clones.length)],
    [text.health.totals.problems, String(problems), problems > 0 ? "poor" : "good"],
    [text.health.totals.waiting, waiting.toLocaleString("en"), waiting > 0 ? "fair" : undefined],
    [text.health.totals.oldest, oldest < Infinity ? format_short((now_minute.value - oldest) / 1000) : text.none],
  ];
  return (
    <section class="panel wide figures" aria-label={text.health.title}>
      {figures.map(([label, value, level]) => (
        <div key={label} class="figure" data-level={level}>
          <span class="muted">{label}</span>
          <b>{value}</b>
        </div>
      ))}
    </section>
  );
}

export function Health() {
  const file = useShard<HealthFile>("data/health.js");
  const clones = file.value?.clones ?? [];
  return (
    <>
      <div class="page-head">
        <h1>{text.health.title}</h1>
      </div>
      {!file.value && <Loading state={file.state} />}
      {file.value && (
        <div class="panels">
          {clones.length === 0 ? <p class="empty">{text.health.nothing}</p> : <Totals clones={clones} />}
          {clones.length > 0 && <Clones clones={clones} />}
          {file.value.log ? <Log entries={file.value.log} /> : <p class="notice wide">{text.health.log_only_live}</p>}
        </div>
      )}
    </>
  );
}
