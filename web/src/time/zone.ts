// Exact times, in the zone that the reader chose.
import { computed } from "@preact/signals";
import { preferences } from "../preferences";

const own = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

export function is_zone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return name !== "";
  } catch {
    return false;
  }
}

// The name of the zone: "UTC", "Europe/Berlin".
export const zone = computed(() => {
  const chosen = preferences.zone.value;
  if (chosen === "browser") return own;
  return is_zone(chosen) ? chosen : "UTC";
});

const formats = new Map<string, Intl.DateTimeFormat>();

function parts(time: number, name: string): Record<string, string> {
  let format = formats.get(name);
  if (!format) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: name,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formats.set(name, format);
  }
  return Object.fromEntries(format.formatToParts(time).map((part) => [part.type, part.value]));
}

const longest_time = 8.64e15; // what a Date can hold

function valid(time: number): boolean {
  return Math.abs(time) <= longest_time;
}

export function format_exact(time: number): string {
  if (!valid(time)) return "";
  const { year, month, day, hour, minute, second } = parts(time, zone.value);
  return `${year}-${month}-${day} ${hour}:${minute}:${second} ${zone_label.value}`;
}

export function format_minute(time: number): string {
  if (!valid(time)) return "";
  const { year, month, day, hour, minute } = parts(time, zone.value);
  return `${year}-${month}-${day} ${hour}:${minute}`;
}

// Days of the data are days of UTC whatever the reader's zone: they are names of files.
export function utc_day(time: number): string {
  return valid(time) ? new Date(time).toISOString().slice(0, 10) : "";
}

export function shift_day(day: string, days: number): string {
  return utc_day(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000);
}

export const zone_label = computed(() => zone.value);
