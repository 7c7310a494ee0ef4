// The age of the data, and a banner when it is too old to be believed.
import { clock_behind_seconds, data_age_seconds, expected_seconds, freshness, generated_at, tolerated_clock_seconds } from "../data/freshness";
import { known_format, snapshot } from "../data/snapshot";
import { link } from "../routes";
import { text } from "../strings";
import { format_duration, format_short } from "../time/format";
import { format_exact } from "../time/zone";

// The sentence of the banner; empty while the data is current.
export function freshness_sentence(): string {
  const level = freshness.value;
  if (level === "fresh") return "";
  const age = data_age_seconds.value;
  if (age === undefined) return text.freshness.no_time;
  const span = format_short(age);
  const expected = expected_seconds.value;
  if (expected === undefined) return level === "late" ? text.freshness.late_unknown(span) : text.freshness.stale_unknown(span);
  return level === "late" ? text.freshness.late(span, format_duration(expected)) : text.freshness.stale(span, format_duration(expected));
}

export function DataAge() {
  const age = data_age_seconds.value;
  const time = generated_at.value;
  const expected = expected_seconds.value;
  const title = [time === undefined ? "" : format_exact(time), expected === undefined ? "" : text.freshness.expected(format_duration(expected))];
  return (
    <span class="data-age" data-freshness={freshness.value} title={title.filter(Boolean).join(", ")}>
      {age === undefined ? text.freshness.unknown : text.freshness.age(format_short(Math.max(0, age)))}
    </span>
  );
}

export function Banner() {
  const sentence = freshness_sentence();
  const behind = clock_behind_seconds.value;
  return (
    <>
      {snapshot.value.format !== known_format && <p class="banner" data-freshness="stale">{text.unreadable}</p>}
      {sentence && (
        <p class="banner" data-freshness={freshness.value}>
          <span>{sentence}</span> <a href={link("health")}>{text.freshness.what_to_do}</a>
        </p>
      )}
      {behind > tolerated_clock_seconds && <p class="banner" data-freshness="late">{text.freshness.clock(format_short(behind))}</p>}
    </>
  );
}
