// How the job is at this moment.
import { useComputed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { severity_rank, time_of, without_implied } from "../../data/alerts";
import type { JobDetails, Samples, Summary } from "../../data/types";
import { AlertItem, alert_key, PastAlerts } from "../../components/alert_list";
import { Progress, usual_value } from "../../components/bars";
import { Chart, type Series } from "../../components/chart";
import { Elapsed, Exact, ExactAndAge } from "../../components/moment";
import { Facts, Panel, TableBox } from "../../components/panel";
import { Status, status_class } from "../../components/status";
import { link } from "../../routes";
import { text } from "../../strings";
import { now, now_minute, parse_time } from "../../time/clock";
import { format_duration, format_memory, format_number, format_short } from "../../time/format";
import { FieldTable } from "./fields";

function NextRun({ summary }: { summary: Summary }) {
  const next = parse_time(summary.next_scheduled_run);
  const overdue = next !== undefined && next < now_minute.value && summary.status !== "running";
  return (
    <>
      <ExactAndAge time={summary.next_scheduled_run} />
      {overdue && <span class="flag" data-severity="medium">{text.job.overdue(format_short((now.value - next) / 1000))}</span>}
    </>
  );
}

function RunFacts({ summary, details }: { summary: Summary; details: JobDetails }) {
  const started = parse_time(summary.start_time);
  const running = summary.status === "running";
  const run = details.runs?.find((candidate) => candidate.run_id !== undefined && candidate.run_id === summary.run_id);
  return (
    <Facts
      facts={[
        [text.job.updated, <ExactAndAge time={summary.time} />],
        summary.since && [text.job.since, <ExactAndAge time={summary.since} />],
        summary.start_time && [text.job.started, <ExactAndAge time={summary.start_time} />],
        running && started !== undefined ? [text.job.running_for, <Elapsed since={started} />] : undefined,
        running && summary.estimated_end ? [text.job.estimated_end, <ExactAndAge time={summary.estimated_end} />] : undefined,
        !running && summary.end_time ? [text.job.ended, <ExactAndAge time={summary.end_time} />] : undefined,
        !running && summary.duration !== undefined ? [text.job.duration, format_duration(summary.duration)] : undefined,
        summary.usual && [text.job.usual, usual_value(summary.usual)],
        summary.next_scheduled_run && [text.job.next_run, <NextRun summary={summary} />],
        [text.job.run, summary.run_id && <span class="mono">{summary.run_id}</span>],
        run?.exit_code !== undefined && [text.job.exit_code, String(run.exit_code)],
        [text.job.host, summary.host && <a href={link("", { q: summary.host })}>{summary.host}</a>],
        [text.job.cluster, summary.cluster],
        [text.job.partition, summary.partition],
        [text.job.slurm_job, summary.slurm_job_id === undefined ? undefined : String(summary.slurm_job_id)],
        summary.cpu_usage !== undefined && [text.job.cpu, `${format_number(summary.cpu_usage)} %`],
        summary.memory_usage !== undefined && [text.job.memory, format_memory(summary.memory_usage)],
      ]}
    />
  );
}

function Tasks({ tasks }: { tasks: NonNullable<Summary["tasks"]> }) {
  const states = Object.entries(tasks.states ?? {});
  const parts: [string, number][] = tasks.unheard ? [...states, [text.job.unheard, tasks.unheard]] : states;
  const total = Math.max(1, tasks.total, parts.reduce((sum, [, count]) => sum + count, 0));
  let x = 0;
  return (
    <div class="tasks">
      <h3>
        {text.job.tasks}: {tasks.total}
      </h3>
      <svg class="stack" viewBox="0 0 100 3" preserveAspectRatio="none" aria-hidden="true">
        {parts.map(([status, count]) => {
          const width = (count / total) * 100;
          x += width;
          return <rect key={status} data-fill={status_class(status)} x={x - width} y={0} width={Math.max(0, width - 0.3)} height={3} />;
        })}
      </svg>
      <p class="stack-legend">
        {parts.map(([status, count]) => (
          <span key={status}>
            <Status status={status} /> {count}
          </span>
        ))}
      </p>
    </div>
  );
}

function has_values(values: (number | null)[] | undefined): values is (number | null)[] {
  return values?.some((value) => value !== null) ?? false;
}

const seconds_of = new WeakMap<number[], number[]>();

// Kept, so that a chart is not drawn anew for the same times.
function in_seconds(milliseconds: number[]): number[] {
  let found = seconds_of.get(milliseconds);
  if (!found) {
    found = milliseconds.map((time) => time / 1000);
    seconds_of.set(milliseconds, found);
  }
  return found;
}

interface Estimated {
  times: number[];
  progress: (number | null)[];
  estimate: (number | null)[];
}

// The progress so far, and a line from there to the estimated end.
function with_estimate(times: number[], progress: (number | null)[], end: number | undefined): Estimated | undefined {
  const last = progress[times.length - 1];
  if (end === undefined || last === null || last === undefined || end <= times[times.length - 1]!) return undefined;
  return { times: [...times, end], progress: [...progress, null], estimate: [...times.map((_, index) => (index === times.length - 1 ? last : null)), 100] };
}

function ProgressChart({ times, progress, end }: { times: number[]; progress: (number | null)[]; end: number | undefined }) {
  const estimated = useMemo(() => with_estimate(times, progress, end), [times, progress, end]);
  const so_far: Series = { label: text.job.progress, values: estimated?.progress ?? progress, color: "--active" };
  const estimate: Series[] = estimated ? [{ label: text.chart.estimate, values: estimated.estimate, color: "--muted", kind: "level" }] : [];
  return <Chart title={text.chart.progress} times={estimated?.times ?? times} range={[0, 100]} format={format_number} series={[so_far, ...estimate]} />;
}

function RunCharts({ samples, estimated_end }: { samples: Samples | undefined; estimated_end: string | undefined }) {
  const end = parse_time(estimated_end);
  if (!samples?.time?.length || samples.time.length < 2) return <p class="muted">{text.job.no_samples}</p>;
  const times = in_seconds(samples.time);
  const { progress, cpu, memory } = samples;
  return (
    <div class="charts">
      {has_values(progress) && <ProgressChart times={times} progress={progress} end={end === undefined ? undefined : end / 1000} />}
      {has_values(cpu) && <Chart title={text.chart.cpu} times={times} format={format_number} series={[{ label: text.job.cpu, values: cpu, color: "--accent" }]} />}
      {has_values(memory) && <Chart title={text.chart.memory} times={times} format={format_number} series={[{ label: text.job.memory, values: memory, color: "--warn" }]} />}
    </div>
  );
}

function Entries({ entries }: { entries: NonNullable<JobDetails["entries"]> }) {
  if (entries.length === 0) return <p class="muted">{text.job.no_entries}</p>;
  return (
    <ol class="entries">
      {entries.map((entry, index) => (
        <li key={index}>
          <span class="muted" title={entry.time}>
            {entry.time ? <Exact time={entry.time} /> : null}
          </span>
          <span class="entry-text">{entry.message}</span>
        </li>
      ))}
    </ol>
  );
}

function is_object(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
}

export function NowTab({ summary, details }: { summary: Summary; details: JobDetails }) {
  const by_time = [...(details.alerts?.now ?? [])].sort((a, b) => time_of(a) - time_of(b));
  // A number, so that the page is not drawn anew each second.
  const fired = useComputed(() => by_time.filter((alert) => time_of(alert) <= now.value).length).value;
  const firing = without_implied(by_time.slice(0, fired)).sort((a, b) => severity_rank(a) - severity_rank(b));
  const before = details.alerts?.before ?? [];
  const { config, metrics } = details.fields ?? {};
  const running = summary.status === "running";
  return (
    <div class="panels">
      {firing.length > 0 && (
        <Panel wide title={text.job.alerts_now}>
          <ul class="alerts">
            {firing.map((alert) => (
              <AlertItem key={alert_key(alert)} alert={alert} of_job />
            ))}
          </ul>
        </Panel>
      )}
      <Panel title={running ? text.job.current_run : text.job.last_run}>
        {summary.progress !== undefined && summary.status !== "completed" && (
          <div class="big-progress" data-status={status_class(summary.status)}>
            <Progress value={summary.progress} />
          </div>
        )}
        <RunFacts summary={summary} details={details} />
        {summary.tasks && <Tasks tasks={summary.tasks} />}
      </Panel>
      <Panel title={text.job.entries}>
        <Entries entries={details.entries ?? []} />
      </Panel>
      <Panel wide title={text.job.run_charts}>
        <RunCharts samples={details.samples} estimated_end={running ? summary.estimated_end : undefined} />
      </Panel>
      {is_object(config) && (
        <Panel title={text.job.configuration}>
          <FieldTable label={text.job.configuration} fields={config} />
        </Panel>
      )}
      {is_object(metrics) && (
        <Panel title={text.job.metrics}>
          <FieldTable label={text.job.metrics} fields={metrics} />
        </Panel>
      )}
      {before.length > 0 && (
        <Panel wide title={text.job.alerts_before}>
          <TableBox label={text.job.alerts_before}>
            <PastAlerts alerts={before} of_job />
          </TableBox>
        </Panel>
      )}
    </div>
  );
}
