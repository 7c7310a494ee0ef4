// Figures of the chosen time, and how they went day by day.
import { useMemo } from "preact/hooks";
import { failed_of, rate_level, rate_of, runs_of, share } from "../../data/statistics";
import type { Day } from "../../data/types";
import { Chart } from "../../components/chart";
import { Panel, TableBox } from "../../components/panel";
import { Status, status_class } from "../../components/status";
import { text } from "../../strings";
import { format_duration, format_percent } from "../../time/format";
import { by_status } from "../overview/selection";

function mean_seconds(days: Day[]): number | undefined {
  const completed = days.reduce((sum, [, ends]) => sum + (ends["completed"] ?? 0), 0);
  return completed > 0 ? days.reduce((sum, [, , seconds]) => sum + (seconds ?? 0), 0) / completed : undefined;
}

function totals(days: Day[]): Map<string, number> {
  const sum = new Map<string, number>();
  for (const [, ends] of days) for (const [status, count] of Object.entries(ends)) sum.set(status, (sum.get(status) ?? 0) + count);
  return sum;
}

export function Figures({ days }: { days: Day[] }) {
  const rate = rate_of(days);
  const figures: [string, string, string?][] = [
    [text.history.figures.runs, days.reduce((sum, [, ends]) => sum + runs_of(ends), 0).toLocaleString("en")],
    [text.history.figures.success, format_percent(share(rate)), rate_level(rate)],
    [text.history.figures.failed, days.reduce((sum, [, ends]) => sum + failed_of(ends), 0).toLocaleString("en")],
    [text.history.figures.mean, format_duration(mean_seconds(days)) || text.none],
    [text.history.figures.total, format_duration(days.reduce((sum, [, , seconds]) => sum + (seconds ?? 0), 0)) || text.none],
  ];
  return (
    <div class="figures">
      {figures.map(([label, value, level]) => (
        <div key={label} class="figure" data-level={level}>
          <span class="muted">{label}</span>
          <b>{value}</b>
        </div>
      ))}
    </div>
  );
}

export function Distribution({ days }: { days: Day[] }) {
  const sums = [...totals(days)].sort(([a], [b]) => by_status(a, b));
  const total = sums.reduce((sum, [, count]) => sum + count, 0);
  return (
    <div class="distribution">
      {sums.map(([status, count]) => (
        <div key={status}>
          <Status status={status} />
          <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
            <rect class="gauge-track" width={100} height={4} />
            <rect data-fill={status_class(status)} width={(count / total) * 100} height={4} />
          </svg>
          <span class="muted">
            {count.toLocaleString("en")} · {format_percent(count / total)}
          </span>
        </div>
      ))}
    </div>
  );
}

export function TrendCharts({ days }: { days: Day[] }) {
  const times = useMemo(() => days.map(([day]) => Date.parse(`${day}T00:00:00Z`) / 1000), [days]);
  if (days.length < 2) return null;
  const rates = days.map((day) => {
    const part = share(rate_of([day]));
    return part === undefined ? null : part * 100;
  });
  const means = days.map((day) => mean_seconds([day]) ?? null);
  return (
    <div class="charts">
      <Chart days title={text.history.rate_trend} times={times} range={[0, 100]} format={(value) => `${Math.floor(value * 10) / 10} %`} series={[{ label: text.history.figures.success, values: rates, color: "--good", kind: "bars" }]} />
      <Chart days title={text.history.duration_trend} times={times} format={format_duration} durations series={[{ label: text.history.figures.mean, values: means, color: "--active" }]} />
    </div>
  );
}

export function DayTable({ days }: { days: Day[] }) {
  const columns = text.history.day_columns;
  return (
    <Panel wide title={text.history.days}>
      <details>
        <summary>{text.history.days}</summary>
        <TableBox label={text.history.days}>
          <table class="list">
            <thead>
              <tr>
                <th scope="col">{columns.day}</th>
                {[columns.runs, columns.completed, columns.failed, columns.other, columns.rate, columns.mean].map((column) => (
                  <th key={column} scope="col" class="number">
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {[...days].reverse().map((day) => {
                const [name, ends] = day;
                const completed = ends["completed"] ?? 0;
                return (
                  <tr key={name}>
                    <th scope="row">{name}</th>
                    <td class="number">{runs_of(ends)}</td>
                    <td class="number">{completed}</td>
                    <td class="number">{failed_of(ends)}</td>
                    <td class="number">{runs_of(ends) - completed - failed_of(ends)}</td>
                    <td class="number">{format_percent(share(rate_of([day])))}</td>
                    <td class="number">{format_duration(mean_seconds([day]))}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </TableBox>
      </details>
    </Panel>
  );
}
