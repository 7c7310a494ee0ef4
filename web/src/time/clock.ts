// The reader's clock as a signal, and reading of times that a file tells.
import { computed, signal } from "@preact/signals";

export const now = signal(Date.now());

function tick(): void {
  if (!document.hidden) now.value = Date.now();
}
setInterval(tick, 1000);
document.addEventListener("visibilitychange", tick);

// For what need not be exact to the second.
export const now_minute = computed(() => Math.floor(now.value / 60_000) * 60_000);

// Milliseconds since 1970 of a time in a file; a caller's time without a zone is UTC. Undefined: it is no time.
export function parse_time(text: string | null | undefined): number | undefined {
  if (!text) return undefined;
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/i.test(text) || !/\d:\d/.test(text);
  const time = Date.parse(zoned ? text : `${text.trim().replace(" ", "T")}Z`);
  return Number.isNaN(time) ? undefined : time;
}
