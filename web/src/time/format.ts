// Ages, durations and sizes as people read them.
import { text } from "../strings";

const units: [seconds: number, name: string][] = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
];

// The two largest units: "3 h 24 min", "42 s".
export function format_duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds) || seconds < 0) return "";
  if (seconds > 0 && seconds < 1) return "< 1 s";
  let rest = Math.round(seconds);
  const first = units.findIndex(([size]) => rest >= size);
  if (first < 0) return "0 s";
  const parts: string[] = [];
  for (const [size, name] of units.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count} ${name}`);
    rest -= count * size;
  }
  return parts.join(" ");
}

// One unit: "5 min".
export function format_short(seconds: number): string {
  const rounded = Math.max(0, Math.round(seconds));
  const [size, name] = units.find(([limit]) => rounded >= limit) ?? [1, "s"];
  return `${Math.floor(rounded / size)} ${name}`;
}

export function format_age(time: number, now: number): string {
  const seconds = (now - time) / 1000;
  if (Math.abs(seconds) < 1) return text.just_now;
  return seconds >= 0 ? text.ago(format_short(seconds)) : text.in_future(format_short(-seconds));
}

export function format_bytes(bytes: number | undefined): string {
  if (bytes === undefined || !Number.isFinite(bytes)) return "";
  const names = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let index = 0;
  while (value >= 1000 && index < names.length - 1) {
    value /= 1000;
    index += 1;
  }
  return `${index === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${names[index]}`;
}

export function format_memory(megabytes: number | undefined): string {
  return megabytes === undefined ? "" : format_bytes(megabytes * 1e6);
}

export function format_number(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: 1 });
}

export function format_factor(factor: number): string {
  if (factor >= 100) return "> 99";
  return factor >= 10 ? String(Math.round(factor)) : factor.toFixed(1);
}

export function format_percent(share: number | undefined): string {
  if (share === undefined || !Number.isFinite(share)) return text.none;
  const percent = share * 100;
  // 99.96 % is not 100 %: a failure must not be rounded away.
  const digits = percent === 0 || percent === 100 ? 0 : 1;
  return `${(Math.floor(percent * 10 + 1e-6) / 10).toFixed(digits)} %`;
}
