// The runs of all jobs, by day.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { download, to_csv } from "../../data/download";
import { jobs } from "../../data/jobs";
import { snapshot } from "../../data/snapshot";
import type { Run } from "../../data/types";
import { Loading, Panel } from "../../components/panel";
import { RunTable } from "../../components/run_table";
import { route, set_query } from "../../routes";
import { status_label, text } from "../../strings";
import { now_minute } from "../../time/clock";
import { shift_day, utc_day } from "../../time/zone";
import { Calendar } from "./calendar";
import { most_days_of_runs, usePast, type Past, type Wish } from "./selection";
import { Timeline } from "./timeline";
import { DayTable, Distribution, Figures, TrendCharts } from "./trends";

function JobChoice({ wish }: { wish: Wish }) {
  // Typed letter by letter, a job is looked up only when its name is whole.
  const typed = useSignal(wish.job);
  useEffect(() => {
    typed.value = wish.job;
  }, [wish.job]);
  const choose = (name: string): void => {
    typed.value = name;
    if (name === "" || jobs.value.some((job) => job.name === name)) set_query({ job: name || undefined });
  };
  return (
    <label>
      <span class="label">{text.history.job}</span>
      <input type="search" list="job-names" placeholder={text.history.any_job} value={typed.value} autoComplete="off" onInput={(event) => choose(event.currentTarget.value)} />
      <datalist id="job-names">
        {jobs.value.slice(0, 1000).map((job) => (
          <option key={job.name} value={job.name} />
        ))}
      </datalist>
    </label>
  );
}

function Filters({ wish, today }: { wish: Wish; today: string }) {
  const length = (Date.parse(wish.to) - Date.parse(wish.from)) / 86_400_000 + 1;
  const states = [...new Set([...Object.keys(text.statuses), ...Object.keys(snapshot.value.counts)])];
  const date = (name: "from" | "to") => (
    <label>
      <span class="label">{text.history[name]}</span>
      <input type="date" value={wish[name]} max={today} onChange={(event) => set_query({ [name]: event.currentTarget.value || undefined })} />
    </label>
  );
  return (
    <div class="toolbar">
      <div class="segmented" role="group" aria-label={text.history.title}>
        {Object.entries(text.history.presets).map(([days, label]) => (
          <button key={days} type="button" aria-pressed={wish.to === today && length === Number(days)} onClick={() => set_query({ from: shift_day(today, 1 - Number(days)), to: undefined })}>
            {label}
          </button>
        ))}
      </div>
      {date("from")}
      {date("to")}
      <JobChoice wish={wish} />
      <label>
        <span class="label">{text.history.status}</span>
        <select value={wish.status} onChange={(event) => set_query({ status: event.currentTarget.value || undefined })}>
          <option value="">{text.history.any_status}</option>
          {states.map((status) => (
            <option key={status} value={status}>
              {status_label(status)}
            </option>
          ))}
        </select>
      </label>
      {[...route.value.query.keys()].length > 0 && (
        <button type="button" class="link" onClick={() => set_query({ from: undefined, to: undefined, job: undefined, status: undefined })}>
          {text.history.reset}
        </button>
      )}
    </div>
  );
}

const columns: (keyof Run)[] = ["job", "run_id", "status", "start", "end", "duration", "host", "exit_code", "cpu_peak", "memory_peak", "slurm_job_id", "reports", "message"];

function Downloads({ runs, wish }: { runs: Run[]; wish: Wish }) {
  const name = `runs-${wish.from}-${wish.to}`;
  return (
    <span class="downloads">
      <button type="button" class="button" disabled={runs.length === 0} onClick={() => download(`${name}.csv`, "text/csv", to_csv(columns, runs))}>
        {text.history.csv}
      </button>{" "}
      <button type="button" class="button" disabled={runs.length === 0} onClick={() => download(`${name}.json`, "application/json", JSON.stringify({ runs }, null, 1))}>
        {text.history.json}
      </button>
    </span>
  );
}

function Runs({ past }: { past: Past }) {
  const { runs, wish, read, to_read } = past;
  const reading = read < to_read;
  return (
    <Panel wide title={text.history.runs} note={past.cut ? text.history.too_long(most_days_of_runs) : undefined} aside={<Downloads runs={runs} wish={wish} />}>
      <p class="muted note run-count">{reading ? text.history.reading(read + 1, to_read) : text.history.run_count(runs.length)}</p>
      {runs.length > 0 && <RunTable key={JSON.stringify(wish)} runs={runs} job={wish.job || undefined} />}
    </Panel>
  );
}

export function History() {
  const past = usePast();
  const today = utc_day(now_minute.value);
  const { wish, days } = past;
  // The calendar's year ends today, unless days were chosen that are not in it.
  const last_day = wish.to < shift_day(today, -360) ? wish.to : today;
  return (
    <>
      <div class="page-head">
        <h1>{text.history.title}</h1>
      </div>
      <Filters wish={wish} today={today} />
      {past.state !== "ready" ? (
        <Loading state={past.state} />
      ) : (
        <div class="panels">
          <Panel wide title={text.history.calendar} note={text.history.calendar_note}>
            <Calendar days={past.all_days} wish={wish} last_day={last_day} />
          </Panel>
          {days.length === 0 ? (
            <p class="empty">{text.history.nothing}</p>
          ) : (
            <>
              <Panel title={`${wish.from} – ${wish.to}`}>
                <Figures days={days} />
              </Panel>
              <Panel title={text.history.distribution}>
                <Distribution days={days} />
              </Panel>
              <Panel wide title={text.history.trends}>
                <TrendCharts days={days} />
              </Panel>
              <Panel wide title={text.history.timeline}>
                <Timeline runs={past.runs} wish={wish} />
              </Panel>
              <DayTable days={days} />
              <Runs past={past} />
            </>
          )}
        </div>
      )}
    </>
  );
}
