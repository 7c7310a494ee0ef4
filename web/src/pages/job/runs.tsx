// The job's past: how its runs ended, and how long they took.
import { useMemo } from "preact/hooks";
import { quantile, rate_level, rate_of, share } from "../../data/statistics";
import type { Day, JobDetails, Run, Summary } from "../../data/types";
import { Chart } from "../../components/chart";
import { Panel } from "../../components/panel";
import { RunGrid } from "../../components/run_grid";
import { RunTable } from "../../components/run_table";
import { link } from "../../routes";
import { text } from "../../strings";
import { now_minute, parse_time } from "../../time/clock";
import { format_duration, format_percent } from "../../time/format";
import { utc_day } from "../../time/zone";

const rate_days = [7, 30, 90];

function Rates({ days }: { days: Day[] }) {
  return (
    <div class="figures">
      {rate_days.map((count) => {
        const first = utc_day(now_minute.value - (count - 1) * 86_400_000);
        const rate = rate_of(days.filter(([day]) => day >= first));
        return (
          <div key={count} class="figure" data-level={rate_level(rate)}>
            <span class="muted">{text.job.days(count)}</span>
            <b>{format_percent(share(rate))}</b>
            <span class="muted">{text.job.rate_of(rate.good, rate.total)}</span>
          </div>
        );
      })}
    </div>
  );
}

interface Trend {
  times: number[];
  durations: number[];
  median: number;
  p95: number;
}

function trend_of(runs: Run[]): Trend | undefined {
  const points = runs
    .filter((run) => run.status === "completed" && run.duration !== undefined)
    .map((run) => [(parse_time(run.start) ?? NaN) / 1000, run.duration!] as const)
    .filter(([time]) => !Number.isNaN(time))
    .sort((a, b) => a[0] - b[0]);
  if (points.length < 3) return undefined;
  const durations = points.map(([, duration]) => duration);
  return { times: points.map(([time]) => time), durations, median: quantile(durations, 0.5)!, p95: quantile(durations, 0.95)! };
}

function TrendChart({ trend }: { trend: Trend }) {
  const level = (value: number): number[] => trend.times.map(() => value);
  return (
    <Chart
      title={`${text.job.median} ${format_duration(trend.median)}, ${text.job.p95} ${format_duration(trend.p95)}`}
      times={trend.times}
      format={format_duration}
      durations
      series={[
        { label: text.chart.duration, values: trend.durations, color: "--active", kind: "points" },
        { label: text.job.median, values: level(trend.median), color: "--muted", kind: "level" },
        { label: text.job.p95, values: level(trend.p95), color: "--warn", kind: "level" },
      ]}
    />
  );
}

export function RunsTab({ summary, details }: { summary: Summary; details: JobDetails }) {
  const runs = details.runs ?? [];
  const trend = useMemo(() => trend_of(runs), [runs]);
  if (runs.length === 0) return <p class="empty">{text.job.no_runs}</p>;
  const median = summary.usual?.median ?? trend?.median;
  return (
    <div class="panels">
      <Panel wide title={text.job.grid} note={text.job.grid_note(runs.length)} aside={<a href={link("history", { job: summary.name })}>{text.pages.history}</a>}>
        <RunGrid runs={runs} median={median} current={summary.run_id} />
      </Panel>
      <Panel title={text.job.rates} note={text.job.rate_note}>
        <Rates days={details.days ?? []} />
      </Panel>
      <Panel title={text.job.trend}>{trend ? <TrendChart trend={trend} /> : <p class="muted">{text.none}</p>}</Panel>
      <Panel wide title={text.job.run_table} aside={<span class="muted">{text.job.run_count(runs.length, details.run_total ?? runs.length)}</span>}>
        <RunTable runs={runs} job={summary.name} />
      </Panel>
    </div>
  );
}
