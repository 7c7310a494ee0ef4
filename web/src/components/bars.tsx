// Small drawings of a table's cells: progress, duration against the usual, recent runs.
import { text } from "../strings";
import { format_duration } from "../time/format";
import { is_open, unended } from "../data/runs";
import type { Summary, Usual } from "../data/types";
import { status_class } from "./status";

export function Progress({ value, label }: { value: number; label?: string }) {
  const percent = Math.min(100, Math.max(0, value));
  return (
    <span class="meter">
      <progress max={100} value={percent} aria-label={label ?? text.job.progress} />
      <span class="meter-value">{Math.floor(percent)} %</span>
    </span>
  );
}

export function usual_text(usual: Usual): string {
  return text.overview.usual(usual_value(usual));
}

export function usual_value(usual: Usual): string {
  return text.overview.usual_value(format_duration(usual.median), format_duration(usual.p95), usual.runs);
}

const gauge_width = 44;

// A scale to one and a half times the usual's upper end, the median as a mark.
export function Gauge({ seconds, usual }: { seconds: number; usual: Usual }) {
  const scale = Math.max(usual.p95 * 1.5, usual.median * 1.5, 1);
  const at = (value: number): number => Math.round(Math.min(1, Math.max(0, value / scale)) * gauge_width * 10) / 10;
  return (
    <svg class="gauge" viewBox={`0 0 ${gauge_width} 8`} width={gauge_width} height={8} aria-hidden="true">
      <rect class="gauge-track" x={0} y={3} width={gauge_width} height={2} rx={1} />
      <rect class={is_long(seconds, usual) ? "gauge-long" : "gauge-fill"} x={0} y={3} width={at(seconds)} height={2} rx={1} />
      <rect class="gauge-mark" x={Math.min(gauge_width - 1.5, at(usual.median))} y={0.5} width={1.5} height={7} rx={0.75} />
    </svg>
  );
}

export function is_long(seconds: number, usual: Usual): boolean {
  return seconds > usual.p95 && seconds > usual.median * 1.2;
}

const slots = 20;
const slot_width = 5;
const bar_width = 4;
const bars_height = 16;

// One bar a run, the newest at the right; height is the duration, colour the result.
export function RecentRuns({ recent }: { recent: Summary["recent"] }) {
  if (!recent?.length) return null;
  const runs = recent.slice(-slots);
  const longest = Math.max(1, ...runs.map(([, duration]) => duration ?? 0));
  const paths = new Map<string, string>();
  runs.forEach(([status, duration], index) => {
    const x = (slots - runs.length + index) * slot_width;
    // Open, and not the newest: its end was never told.
    const shown = is_open(status) && index < runs.length - 1 ? unended : status;
    const name = status_class(shown);
    const share = (duration ?? 0) / longest;
    // A run that is not good is seen at any duration.
    const height = Math.max(3, Math.round((shown === "completed" || shown === unended ? share : Math.max(0.6, share)) * bars_height));
    paths.set(name, `${paths.get(name) ?? ""}M${x} ${bars_height}v-${height}h${bar_width}v${height}z`);
  });
  const good = runs.filter(([status]) => status === "completed").length;
  const width = slots * slot_width;
  return (
    <svg class="recent" role="img" viewBox={`0 0 ${width} ${bars_height}`} width={width} height={bars_height} aria-label={text.overview.recent_summary(good, runs.length)}>
      {[...paths].map(([name, d]) => (
        <path key={name} data-fill={name} d={d} />
      ))}
    </svg>
  );
}
