// When the runs of each job were: one line a job, those with failures first.
import { current_runs, shown_status } from "../../data/runs";
import { failing_states } from "../../data/snapshot";
import type { Run } from "../../data/types";
import { status_class } from "../../components/status";
import { job_link } from "../../routes";
import { status_label, text } from "../../strings";
import { now_minute, parse_time } from "../../time/clock";
import { format_duration } from "../../time/format";
import { format_minute } from "../../time/zone";
import type { Wish } from "./selection";

const most_lines = 40;
const width = 1000;
const least_width = 2.5;
// More bars than this in a line can not be told apart.
const most_bars = 500;

interface Line {
  job: string;
  runs: Run[];
  bad: number;
}

function lines_of(runs: Run[]): Line[] {
  const lines = new Map<string, Line>();
  for (const run of runs) {
    const job = run.job ?? "";
    const line = lines.get(job) ?? { job, runs: [], bad: 0 };
    line.runs.push(run);
    if (failing_states.includes(run.status)) line.bad += 1;
    lines.set(job, line);
  }
  return [...lines.values()].sort((a, b) => b.bad - a.bad || b.runs.length - a.runs.length || (a.job < b.job ? -1 : 1));
}

export function Timeline({ runs, wish }: { runs: Run[]; wish: Wish }) {
  const begin = Date.parse(`${wish.from}T00:00:00Z`);
  const end = Date.parse(`${wish.to}T00:00:00Z`) + 86_400_000;
  const x_of = (time: number): number => Math.min(width, Math.max(0, ((time - begin) / (end - begin)) * width));
  const lines = lines_of(runs);
  const shown = lines.slice(0, most_lines);
  const bar = (run: Run, index: number) => {
    const start = parse_time(run.start);
    if (start === undefined) return null;
    const status = shown_status(run, current_runs.value.get(run.job ?? ""));
    const stop = parse_time(run.end) ?? (status === "running" ? now_minute.value : start + (run.duration ?? 0) * 1000);
    const x = x_of(start);
    return (
      <rect key={index} data-fill={status_class(status)} x={Math.min(x, width - least_width)} y={2} width={Math.max(least_width, x_of(stop) - x)} height={16} rx={1}>
        <title>{[format_minute(start), status_label(status), format_duration(run.duration), run.message].filter(Boolean).join(" · ")}</title>
      </rect>
    );
  };
  return (
    <>
      {lines.length > most_lines && <p class="note muted">{text.history.timeline_note(shown.length, lines.length)}</p>}
      <div class="timeline" role="group" aria-label={text.history.timeline_label(shown.length, runs.length)}>
        {shown.map((line) => [
          <a key={`link ${line.job}`} href={job_link(line.job, { tab: "runs" })} data-item="">
            {line.job}
          </a>,
          <svg key={`line ${line.job}`} viewBox={`0 0 ${width} 20`} preserveAspectRatio="none" aria-hidden="true">
            <rect class="track" x={0} y={9} width={width} height={2} />
            {line.runs.slice(0, most_bars).map(bar)}
          </svg>,
        ])}
        <p class="axis" aria-hidden="true">
          <span>{format_minute(begin)}</span>
          <span>{format_minute((begin + end) / 2)}</span>
          <span>{format_minute(end)}</span>
        </p>
      </div>
    </>
  );
}
