// One bar a run, the oldest at the left: colour is the result, height the duration, a line the usual.
import { shown_status } from "../data/runs";
import type { Run } from "../data/types";
import { status_label, text } from "../strings";
import { parse_time } from "../time/clock";
import { format_duration } from "../time/format";
import { format_minute } from "../time/zone";
import { quantile } from "../data/statistics";
import { useScrolledToEnd } from "./panel";
import { status_class } from "./status";

const cell = 9;
const gap = 2;
const height = 72;
const least_height = 6;

function title_of(run: Run, status: string): string {
  const start = parse_time(run.start);
  return [start === undefined ? "" : format_minute(start), status_label(status), format_duration(run.duration), run.message ?? ""].filter(Boolean).join(" · ");
}

export function RunGrid({ runs, median, current }: { runs: Run[]; median: number | undefined; current: string | undefined }) {
  const box = useScrolledToEnd();
  const oldest_first = [...runs].reverse();
  const durations = runs.map((run) => run.duration ?? 0);
  // One outlier must not flatten all others.
  const top = Math.max(1, quantile(durations, 0.98) ?? 1, (median ?? 0) * 1.2);
  const width = oldest_first.length * (cell + gap);
  const y_of = (seconds: number): number => height - Math.max(least_height, Math.min(1, seconds / top) * height);
  return (
    <figure class="run-grid">
      <div class="scroll-x" tabIndex={0} role="region" aria-label={text.job.grid} ref={box}>
        <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={text.job.grid_note(runs.length)}>
          {oldest_first.map((run, index) => {
            const y = y_of(run.duration ?? 0);
            return (
              <rect key={index} data-fill={status_class(shown_status(run, current))} x={index * (cell + gap)} y={y} width={cell} height={height - y} rx={1.5}>
                <title>{title_of(run, shown_status(run, current))}</title>
              </rect>
            );
          })}
          {median !== undefined && <line class="usual-line" x1={0} x2={width} y1={y_of(median)} y2={y_of(median)} />}
        </svg>
      </div>
      <figcaption class="muted">
        <span>{text.job.oldest}</span>
        <span>{text.job.newest}</span>
      </figcaption>
    </figure>
  );
}
