// Figures over runs and days.
import type { Day } from "./types";

// Ends that count against a job. A cancelled run was somebody's wish, and an open one has no end yet.
const failures = ["failed", "timeout", "lost"];

export interface Rate {
  good: number;
  total: number; // of the runs that count
}

export function rate_of(days: Day[]): Rate {
  let good = 0;
  let total = 0;
  for (const [, ends] of days) {
    good += ends["completed"] ?? 0;
    total += ends["completed"] ?? 0;
    for (const failure of failures) total += ends[failure] ?? 0;
  }
  return { good, total };
}

export function share(rate: Rate): number | undefined {
  return rate.total > 0 ? rate.good / rate.total : undefined;
}

// The cuts that the predecessor's readers know.
export function rate_level(rate: Rate): "good" | "fair" | "poor" | "none" {
  const part = share(rate);
  if (part === undefined) return "none";
  return part >= 0.95 ? "good" : part >= 0.8 ? "fair" : "poor";
}

export function runs_of(ends: Record<string, number>): number {
  return Object.values(ends).reduce((sum, count) => sum + count, 0);
}

export function failed_of(ends: Record<string, number>): number {
  return failures.reduce((sum, failure) => sum + (ends[failure] ?? 0), 0);
}

// The smallest value that at least `part` of the values do not exceed.
export function quantile(values: number[], part: number): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
}
