// Which jobs the overview shows, and in which order: all of it told by the address.
import { computed } from "@preact/signals";
import { flags, is_stale, severity_rank } from "../../data/alerts";
import { jobs } from "../../data/jobs";
import { failing_states } from "../../data/snapshot";
import type { Alert, Summary } from "../../data/types";
import { query_list, route } from "../../routes";
import { text } from "../../strings";
import { parse_time } from "../../time/clock";

export type Column = "attention" | "name" | "status" | "progress" | "updated" | "duration" | "next" | "host" | "recent";
export type Item = { kind: "job"; job: Summary; alerts: Alert[] | undefined } | { kind: "group"; name: string; jobs: number; failing: number };

const status_order = ["failed", "timeout", "lost", "running", "pending", "waiting", "cancelled", "completed"];

function status_rank(status: string): number {
  const rank = status_order.indexOf(status);
  return rank < 0 ? status_order.length : rank;
}

export function by_status(a: string, b: string): number {
  return status_rank(a) - status_rank(b) || (a < b ? -1 : a > b ? 1 : 0);
}

const is_failing = (job: Summary): boolean => failing_states.includes(job.status);

// The program's own word on how soon a job is to be shown, and what the reader's clock adds to it.
function attention(job: Summary, alerts: Alert[] | undefined): number {
  let rank = job.attention ?? 0;
  if (is_failing(job)) rank = Math.max(rank, 8);
  for (const alert of alerts ?? []) rank = Math.max(rank, alert.muted_by ? 1 : 7 - severity_rank(alert));
  if (is_stale(job.status, alerts)) rank = Math.max(rank, 6);
  return rank;
}

// What is searched, made once for each summary.
const haystacks = new WeakMap<Summary, string>();

function haystack(job: Summary): string {
  let found = haystacks.get(job);
  if (found === undefined) {
    found = [job.name, job.project, job.host, job.cluster, job.partition, job.status, job.message, job.slurm_job_id].join("\n").toLowerCase();
    haystacks.set(job, found);
  }
  return found;
}

export const sort_column = computed<Column>(() => {
  const wanted = route.value.query.get("sort") ?? "";
  return wanted in text.overview.columns ? (wanted as Column) : "attention";
});

// What a reader wants on top of a column at first.
const descending_first = new Set<Column>(["attention", "progress", "updated", "duration"]);

export const descends = computed(() => {
  const order = route.value.query.get("order");
  return order === "desc" || (order !== "asc" && descending_first.has(sort_column.value));
});

export function default_order(column: Column): "asc" | "desc" {
  return descending_first.has(column) ? "desc" : "asc";
}

type Key = string | number | undefined;

function sort_key(column: Column, job: Summary, alerts: Alert[] | undefined): Key {
  switch (column) {
    case "attention":
      return attention(job, alerts);
    case "name":
      return job.name.toLowerCase();
    case "status":
      return status_rank(job.status);
    case "progress":
      return job.progress;
    case "updated":
      return parse_time(job.time);
    case "duration":
      return job.duration;
    case "next":
      return parse_time(job.next_scheduled_run);
    case "host":
      return (job.host ?? job.cluster)?.toLowerCase();
    case "recent":
      return job.recent?.length ? job.recent.filter(([status]) => status === "completed").length / job.recent.length : undefined;
  }
}

// What has no value comes last whichever way it is sorted.
function compare(a: Key, b: Key, sign: number): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  return a < b ? -sign : sign;
}

export const searched = computed(() => (route.value.query.get("q") ?? "").toLowerCase().split(/\s+/).filter(Boolean));
export const wanted_states = computed(() => new Set(query_list("status")));

function fits(job: Summary, alerts: Alert[] | undefined): boolean {
  const states = wanted_states.value;
  if (states.size > 0 && !states.has(job.status) && !alerts?.some((alert) => states.has(alert.rule))) return false;
  return searched.value.every((word) => haystack(job).includes(word));
}

export const selected = computed(() => {
  const column = sort_column.value;
  const sign = descends.value ? -1 : 1;
  const alerts_of = flags.value;
  const rows = jobs.value
    .map((job) => ({ job, alerts: alerts_of.get(job.name) }))
    .filter(({ job, alerts }) => fits(job, alerts))
    .map((row) => ({ ...row, key: sort_key(column, row.job, row.alerts) }));
  rows.sort((a, b) => compare(a.key, b.key, sign) || (a.job.name < b.job.name ? -1 : 1));
  return rows;
});

export type Group = "none" | "project" | "cluster";

export const group = computed<Group>(() => {
  const wanted = route.value.query.get("group");
  return wanted === "project" || wanted === "cluster" ? wanted : "none";
});

// The rows of the table; groups come in the order of their first job, so that trouble stays on top.
export const items = computed<Item[]>(() => {
  const by = group.value;
  const rows = selected.value.map(({ job, alerts }): Item & { kind: "job" } => ({ kind: "job", job, alerts }));
  if (by === "none") return rows;
  const groups = new Map<string, (Item & { kind: "job" })[]>();
  for (const row of rows) {
    const name = row.job[by] ?? "";
    const list = groups.get(name);
    if (list) list.push(row);
    else groups.set(name, [row]);
  }
  return [...groups].flatMap(([name, list]): Item[] => [
    { kind: "group", name, jobs: list.length, failing: list.filter((row) => is_failing(row.job)).length },
    ...list,
  ]);
});
