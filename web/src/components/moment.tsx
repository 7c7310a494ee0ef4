// A time: its age, with the exact time on hover, or the exact time itself.
import { useComputed } from "@preact/signals";
import { known_until } from "../data/freshness";
import { now, parse_time } from "../time/clock";
import { format_age, format_duration } from "../time/format";
import { format_exact } from "../time/zone";
import { text } from "../strings";

// A text that follows the clock: only its own node changes.
export function Age({ time }: { time: string | null | undefined }) {
  const moment = parse_time(time);
  if (moment === undefined) return time ? <span>{time}</span> : <span class="muted">{text.none}</span>;
  return <AgeOf key={moment} time={moment} />;
}

export function AgeOf({ time }: { time: number }) {
  const age = useComputed(() => format_age(time, now.value));
  return (
    <time dateTime={new Date(time).toISOString()} title={format_exact(time)}>
      {age}
    </time>
  );
}

export function Exact({ time }: { time: string | null | undefined }) {
  const moment = parse_time(time);
  if (moment === undefined) return time ? <span>{time}</span> : <span class="muted">{text.none}</span>;
  return <time dateTime={new Date(moment).toISOString()}>{format_exact(moment)}</time>;
}

// Exact, and how long ago.
export function ExactAndAge({ time }: { time: string | null | undefined }) {
  return (
    <>
      <Exact time={time} />
      {parse_time(time) !== undefined && (
        <span class="muted">
          {" "}
          (<Age time={time} />)
        </span>
      )}
    </>
  );
}

// How long something has gone on, as far as the data tells.
export function Elapsed({ since }: { since: number }) {
  const elapsed = useComputed(() => format_duration(Math.max(0, Math.floor((known_until.value - since) / 1000))));
  return <span>{elapsed}</span>;
}
