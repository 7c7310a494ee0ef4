// A year of days: colour is the result, strength the number of runs.
import { failed_of, rate_level, rate_of, runs_of } from "../../data/statistics";
import type { Day } from "../../data/types";
import { useScrolledToEnd } from "../../components/panel";
import { set_query } from "../../routes";
import { text } from "../../strings";
import { shift_day } from "../../time/zone";
import type { Wish } from "./selection";

const weeks = 53;
const step = 13;
const size = 11;
const left = 4;
const top = 14;

const strengths = [0.4, 0.6, 0.8, 1];

function strength(runs: number, most: number): number {
  return strengths[Math.min(strengths.length - 1, Math.floor((runs / most) * strengths.length))]!;
}

export function Calendar({ days, wish, last_day }: { days: Day[]; wish: Wish; last_day: string }) {
  const box = useScrolledToEnd();
  // Sunday starts a column; the last column holds the last day.
  const weekday = new Date(`${last_day}T00:00:00Z`).getUTCDay();
  const first_day = shift_day(last_day, -(weeks - 1) * 7 - weekday);
  const by_day = new Map(days.map((day) => [day[0], day[1]]));
  const most = Math.max(1, ...days.map(([, ends]) => runs_of(ends)));
  const cells = [];
  const months = [];
  let total = 0;
  for (let index = 0; index <= (weeks - 1) * 7 + weekday; index += 1) {
    const day = shift_day(first_day, index);
    const ends = by_day.get(day) ?? {};
    const runs = runs_of(ends);
    total += runs;
    const x = left + Math.floor(index / 7) * step;
    if (day.endsWith("-01")) months.push(<text key={day} x={x} y={9}>{day.slice(0, 7)}</text>);
    cells.push(
      <rect
        key={day}
        class="day"
        data-level={runs > 0 ? rate_level(rate_of([[day, ends, 0]])) : undefined}
        data-chosen={day >= wish.from && day <= wish.to ? "" : undefined}
        fill-opacity={runs > 0 ? strength(runs, most) : 1}
        x={x}
        y={top + (index % 7) * step}
        width={size}
        height={size}
        rx={2}
        onClick={() => set_query({ from: day, to: day })}
      >
        <title>{text.history.calendar_day(day, runs, failed_of(ends))}</title>
      </rect>,
    );
  }
  const width = left + weeks * step;
  return (
    <div class="scroll-x" ref={box} tabIndex={0} role="region" aria-label={text.history.calendar}>
      <svg class="calendar" role="img" width={width} height={top + 7 * step} viewBox={`0 0 ${width} ${top + 7 * step}`} aria-label={text.history.calendar_label(first_day, last_day, total)}>
        {months}
        {cells}
      </svg>
    </div>
  );
}
