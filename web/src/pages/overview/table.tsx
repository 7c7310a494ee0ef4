// The jobs as a table. docs/formats/site.md says the same of the rows that are there before this program starts.
import { useComputed } from "@preact/signals";
import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import { extra_rules, is_stale } from "../../data/alerts";
import { known_until } from "../../data/freshness";
import { jobs_are_complete } from "../../data/jobs";
import type { Alert, Summary } from "../../data/types";
import { Gauge, is_long, Progress, RecentRuns, usual_text } from "../../components/bars";
import { Age, Elapsed } from "../../components/moment";
import { Status, WorstFlag, status_class } from "../../components/status";
import { useRows } from "../../components/virtual";
import { job_link, set_query } from "../../routes";
import { text } from "../../strings";
import { parse_time } from "../../time/clock";
import { format_duration, format_factor } from "../../time/format";
import { default_order, descends, items, sort_column, type Column, type Item } from "./selection";

const columns: Column[] = ["name", "status", "progress", "updated", "duration", "next", "host", "recent"];
const column_class: Record<string, string> = { name: "job" };

function sort_by(column: Column): void {
  const same = sort_column.value === column;
  const order = same ? (descends.value ? "asc" : "desc") : default_order(column);
  set_query({ sort: column, order: order === default_order(column) ? undefined : order });
}

function Heading({ column }: { column: Column }) {
  const sorted = sort_column.value === column;
  const direction = descends.value ? "descending" : "ascending";
  return (
    <th scope="col" role="columnheader" class={`c-${column_class[column] ?? column}`} aria-sort={sorted ? direction : undefined}>
      <button type="button" onClick={() => sort_by(column)}>
        {text.overview.columns[column]}
      </button>
    </th>
  );
}

function Duration({ job }: { job: Summary }) {
  const started = parse_time(job.start_time);
  const runs = job.status === "running" && started !== undefined;
  // In steps of ten seconds: what is drawn of it need not be made anew each second.
  const known = useComputed(() => Math.floor(known_until.value / 10_000) * 10_000).value;
  const seconds = runs ? Math.max(0, (known - started) / 1000) : job.duration;
  const usual = job.usual;
  return (
    <span class="duration" title={usual && usual_text(usual)}>
      <span class="duration-value">{runs ? <Elapsed since={started} /> : format_duration(seconds)}</span>
      {usual && seconds !== undefined && <Gauge seconds={seconds} usual={usual} />}
      {usual && seconds !== undefined && is_long(seconds, usual) && usual.median > 0 && (
        <span class="flag" data-severity="medium">
          {format_factor(seconds / usual.median)} ×<span class="hidden"> {text.job.usual}</span>
        </span>
      )}
    </span>
  );
}

function TaskCount({ job }: { job: Summary }) {
  if (!job.tasks) return null;
  const states = Object.entries(job.tasks.states ?? {}).map(([status, count]) => `${status} ${count}`);
  if (job.tasks.unheard) states.push(text.overview.unheard(job.tasks.unheard));
  return (
    <span class="chip" title={states.join(", ")}>
      {text.overview.tasks(job.tasks.total)}
    </span>
  );
}

function Row({ job, alerts, index }: { job: Summary; alerts: Alert[] | undefined; index: number }) {
  const done = job.status === "completed";
  return (
    <tr role="row" aria-rowindex={index} data-status={status_class(job.status)} data-stale={is_stale(job.status, alerts) ? "" : undefined}>
      <th scope="row" role="rowheader" class="c-job">
        <a href={job_link(job.name)} data-item="" title={job.name}>
          {job.name}
        </a>
        {job.message && (
          <span class="message" title={job.message}>
            {job.message}
          </span>
        )}
      </th>
      <td role="cell" class="c-status">
        <Status status={job.status} stale={is_stale(job.status, alerts)} />
        <WorstFlag alerts={extra_rules(job.status, alerts)} />
        <TaskCount job={job} />
      </td>
      <td role="cell" class="c-progress">{!done && job.progress !== undefined && <Progress value={job.progress} label={`${text.job.progress}: ${job.name}`} />}</td>
      <td role="cell" class="c-updated">
        <Age time={job.time} />
      </td>
      <td role="cell" class="c-duration">
        <Duration job={job} />
      </td>
      <td role="cell" class="c-next">{job.next_scheduled_run && <Age time={job.next_scheduled_run} />}</td>
      <td role="cell" class="c-host" title={[job.host, job.cluster].filter(Boolean).join(", ")}>
        {job.host}
        {job.cluster && <span class="muted"> {job.cluster}</span>}
      </td>
      <td role="cell" class="c-recent">
        <RecentRuns recent={job.recent} />
      </td>
    </tr>
  );
}

function GroupRow({ item, index }: { item: Item & { kind: "group" }; index: number }) {
  return (
    <tr role="row" class="group" aria-rowindex={index}>
      <th role="rowheader" scope="rowgroup" colSpan={columns.length} aria-colspan={columns.length}>
        <span>{item.name || text.overview.no_group}</span>
        <span class="muted">{text.overview.group_summary(item.jobs, item.failing)}</span>
      </th>
    </tr>
  );
}

// Stands for rows that are not drawn. Its height is set as a property of its style, which a strict policy allows.
function Spacer({ height }: { height: number }) {
  if (height <= 0) return null;
  return (
    <tr class="spacer" aria-hidden="true">
      <td ref={(cell) => cell?.style.setProperty("height", `${height}px`)} colSpan={columns.length} />
    </tr>
  );
}

interface Drawn {
  index: number;
  row: VNode;
}

// The same row drawn again is the same object, which is not looked into again: scrolling costs only what comes in.
const drawn = new WeakMap<Item, Drawn>();

function draw(item: Item, index: number): VNode {
  const before = drawn.get(item);
  if (before?.index === index) return before.row;
  const row = item.kind === "job" ? <Row key={item.job.name} job={item.job} alerts={item.alerts} index={index} /> : <GroupRow key={`group ${item.name}`} item={item} index={index} />;
  drawn.set(item, { index, row });
  return row;
}

export function JobTable() {
  const body = useRef<HTMLTableSectionElement>(null);
  const all = items.value;
  const rows = useRows(all.length, body, jobs_are_complete.value);
  return (
    <table class="jobs" role="table" aria-label={text.overview.table} aria-rowcount={all.length + 1} data-virtual={rows.last - rows.first < all.length ? "" : undefined}>
      <thead role="rowgroup">
        <tr role="row" aria-rowindex={1}>
          {columns.map((column) => (
            <Heading key={column} column={column} />
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup" ref={body}>
        <Spacer height={rows.above} />
        {all.slice(rows.first, rows.last).map((item, offset) => draw(item, rows.first + offset + 2))}
        <Spacer height={rows.below} />
      </tbody>
    </table>
  );
}
