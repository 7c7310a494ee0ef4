// The reader's clock as a signal, and reading of times that a file tells.
import { computed, signal } from "@preact/signals";

export const now = signal(Date.now());

// In a tab that nobody sees too: its title and icon still tell.
function tick(): void {
  now.value = Date.now();
}
setInterval(tick, 1000);
document.addEventListener("visibilitychange", tick);

// For what need not be exact to the second.
export const now_minute = computed(() => Math.floor(now.value / 60_000) * 60_000);

// Milliseconds since 1970 of a time in a file; a caller's time without a zone is UTC. Undefined: it is no time.
export function parse_time(text: string | null | undefined): number | undefined {
  // Strictly: browsers find a date in almost any text that has a number.
  const parts = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?) ?(Z|[+-]\d\d:?\d\d)?)?$/i.exec((text ?? "").trim());
  if (!parts) return undefined;
  const [, day, clock = "00:00", zone = "Z"] = parts;
  const time = Date.parse(`${day}T${clock}${zone.toUpperCase().replace(/^(...)(\d\d)$/, "$1:$2")}`);
  return Number.isNaN(time) ? undefined : time;
}
