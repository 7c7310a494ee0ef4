// What the publishers of a clone did: over time, and entry by entry. Only `serve` sees it.
import { useMemo } from "preact/hooks";
import type { PublisherEntry } from "../../data/types";
import { Chart } from "../../components/chart";
import { Exact } from "../../components/moment";
import { Panel, TableBox, useSteps } from "../../components/panel";
import { route, set_query } from "../../routes";
import { text } from "../../strings";
import { parse_time } from "../../time/clock";
import { format_number } from "../../time/format";

const hour = 3600;
const most_hours = 24 * 14;

interface Activity {
  times: number[];
  published: number[];
  push_failed: number[];
  lock_busy: number[];
}

function activity_of(entries: PublisherEntry[]): Activity | undefined {
  const hours = entries.flatMap((entry) => {
    const time = parse_time(entry.time);
    return time === undefined ? [] : [{ event: entry.event, hour: Math.floor(time / 1000 / hour) }];
  });
  if (hours.length === 0) return undefined;
  const last = hours.reduce((most, entry) => Math.max(most, entry.hour), 0);
  const first = Math.max(last - most_hours, hours.reduce((least, entry) => Math.min(least, entry.hour), last - 1));
  const times = Array.from({ length: last - first + 1 }, (_, index) => (first + index) * hour);
  const count = (event: string): number[] => {
    const counts = times.map(() => 0);
    for (const entry of hours) if (entry.event === event && entry.hour >= first) counts[entry.hour - first]! += 1;
    return counts;
  };
  return { times, published: count("published"), push_failed: count("push_failed"), lock_busy: count("lock_unavailable") };
}

function ActivityChart({ entries }: { entries: PublisherEntry[] }) {
  const activity = useMemo(() => activity_of(entries), [entries]);
  if (!activity) return null;
  const { times, published, push_failed, lock_busy } = activity;
  return (
    <Chart
      title={text.health.activity}
      times={times}
      format={format_number}
      series={[
        { label: event_label("published"), values: published, color: "--active", kind: "bars" },
        { label: event_label("push_failed"), values: push_failed, color: "--bad", kind: "points" },
        { label: event_label("lock_unavailable"), values: lock_busy, color: "--warn", kind: "points" },
      ]}
    />
  );
}

function event_label(event: string): string {
  return Object.prototype.hasOwnProperty.call(text.health.events, event) ? text.health.events[event]! : event;
}

export function Log({ entries }: { entries: PublisherEntry[] }) {
  const { query } = route.value;
  const event = query.get("event") ?? "";
  const words = (query.get("q") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const found = entries.filter((entry) => (!event || entry.event === event) && words.every((word) => `${entry.host} ${entry.job} ${entry.text}`.toLowerCase().includes(word)));
  const { shown, more } = useSteps(found.length, 100);
  const columns = text.health.log_columns;
  return (
    <Panel wide title={text.health.log}>
      <ActivityChart entries={entries} />
      <div class="toolbar">
        <input type="search" aria-label={text.health.search} placeholder={text.health.search} value={query.get("q") ?? ""} onInput={(typed) => set_query({ q: typed.currentTarget.value || undefined }, "replace")} />
        <select aria-label={columns.event} value={event} onChange={(chosen) => set_query({ event: chosen.currentTarget.value || undefined })}>
          <option value="">{text.health.all_events}</option>
          {[...new Set(entries.map((entry) => entry.event))].map((name) => (
            <option key={name} value={name}>
              {event_label(name)}
            </option>
          ))}
        </select>
      </div>
      <TableBox label={text.health.log}>
        <table class="list">
          <thead>
            <tr>
              {[columns.time, columns.event, columns.host, columns.text].map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found.slice(0, shown).map((entry, index) => (
              <tr key={index}>
                <td>
                  <Exact time={entry.time} />
                </td>
                <td>
                  <span class="flag" data-severity={entry.level === "error" ? "high" : entry.level === "warning" ? "medium" : "low"}>
                    {event_label(entry.event)}
                  </span>
                </td>
                <td class="short">{entry.host}</td>
                <td class="text">{entry.text}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
      {more}
    </Panel>
  );
}
