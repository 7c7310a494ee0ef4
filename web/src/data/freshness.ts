// How old the data itself is, by the reader's clock. What is stale is never shown as good.
import { computed } from "@preact/signals";
import { now, parse_time } from "../time/clock";
import { snapshot } from "./snapshot";

export type Freshness = "fresh" | "late" | "stale";

const late_after = 2; // times the expected period
const stale_after = 4;
// When nobody told how often the data is renewed.
const assumed_seconds = 43_200;

export const generated_at = computed(() => parse_time(snapshot.value.generated_at));

export const expected_seconds = computed(() => {
  const expected = snapshot.value.expected_seconds;
  return expected !== undefined && expected > 0 ? expected : undefined;
});

export const data_age_seconds = computed(() => {
  const time = generated_at.value;
  return time === undefined ? undefined : (now.value - time) / 1000;
});

export const freshness = computed<Freshness>(() => {
  const age = data_age_seconds.value;
  if (age === undefined) return "stale";
  const expected = expected_seconds.value ?? assumed_seconds;
  if (age > stale_after * expected) return "stale";
  return age > late_after * expected ? "late" : "fresh";
});

// Until when something that goes on is known to have gone on.
export const known_until = computed(() => (freshness.value === "fresh" ? now.value : Math.min(now.value, generated_at.value ?? now.value)));

// The reader's clock is behind the data: every age here is wrong by so much.
export const clock_behind_seconds = computed(() => Math.max(0, -(data_age_seconds.value ?? 0)));
export const tolerated_clock_seconds = 120;
