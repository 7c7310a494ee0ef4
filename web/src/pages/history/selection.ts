// Which days and runs the history shows: the address tells, the data's last days else.
import { useMemo } from "preact/hooks";
import { useShard, useShards, type Shard } from "../../data/shards";
import { runs_of } from "../../data/statistics";
import type { Day, JobDetails, Run } from "../../data/types";
import { route } from "../../routes";
import { now_minute } from "../../time/clock";
import { shift_day, utc_day } from "../../time/zone";

const default_days = 7;
// Single runs are read a file a day; more than these would be a long wait for an unreadable list.
export const most_days_of_runs = 92;

export interface Wish {
  from: string;
  to: string;
  job: string;
  status: string;
}

function is_day(text: string | null): text is string {
  return text !== null && /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));
}

function wish_of(today: string): Wish {
  const { query } = route.value;
  const asked_to = query.get("to");
  const asked_from = query.get("from");
  const to = is_day(asked_to) ? asked_to : today;
  const from = is_day(asked_from) ? asked_from : shift_day(to, 1 - default_days);
  return { from: from <= to ? from : to, to, job: query.get("job") ?? "", status: query.get("status") ?? "" };
}

export interface Past {
  wish: Wish;
  state: Shard<unknown>["state"];
  all_days: Day[]; // of the calendar
  days: Day[]; // of the chosen time
  runs: Run[]; // of it, as far as read, the newest first
  read: number; // days whose runs are there
  to_read: number;
  cut: boolean; // more days were chosen than runs are read of
}

function only_status(days: Day[], status: string): Day[] {
  if (!status) return days;
  return days
    .map(([day, ends, seconds]): Day => [day, ends[status] ? { [status]: ends[status]! } : {}, status === "completed" ? seconds : 0])
    .filter(([, ends]) => runs_of(ends) > 0);
}

const none: Day[] = [];

export function usePast(): Past {
  const today = utc_day(now_minute.value);
  const wish = wish_of(today);
  const { from, to, job, status } = wish;
  // One job's file has its days and runs; all jobs' are in files of days.
  const own = useShard<JobDetails>(job ? `data/job/${job}.js` : "data/days.js");
  const days_given = (own.value as { days?: Day[] } | undefined)?.days ?? none;
  const all_days = useMemo(() => only_status(days_given, status), [days_given, status]);
  const days = useMemo(() => all_days.filter(([day]) => day >= from && day <= to), [all_days, from, to]);
  const with_runs = job ? none : days.slice(-most_days_of_runs);
  const files = useShards<{ runs?: Run[] }>(with_runs.map(([day]) => `data/runs/${day}.js`));
  const ready = files.filter((file) => file.state !== "loading").length;

  const own_runs = job ? (own.value?.runs ?? []) : undefined;
  const runs = useMemo(() => {
    const found = own_runs ? own_runs.map((run) => ({ job, ...run })) : files.flatMap((file) => file.value?.runs ?? []);
    return found
      .filter((run) => (!status || run.status === status) && (!own_runs || ((run.start ?? "").slice(0, 10) >= from && (run.start ?? "").slice(0, 10) <= to)))
      .sort((a, b) => ((a.start ?? "") < (b.start ?? "") ? 1 : -1));
  }, [own.value, ready, with_runs.length, from, to, status, job]);

  return { wish, state: own.state, all_days, days, runs, read: ready, to_read: with_runs.length, cut: !job && days.length > most_days_of_runs };
}
