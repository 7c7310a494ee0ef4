// Alerts as of the reader's clock: one that lies in the future has not fired yet.
import { computed } from "@preact/signals";
import { now, parse_time } from "../time/clock";
import { failing_states, snapshot } from "./snapshot";
import type { Alert } from "./types";

export function time_of(alert: Alert): number {
  return parse_time(alert.at) ?? 0;
}

const by_time = computed(() => [...snapshot.value.alerts].sort((a, b) => time_of(a) - time_of(b)));

// Changes only when an alert starts to fire, so what depends on it is not made anew each second.
const fired_count = computed(() => {
  const time = now.value;
  const alerts = by_time.value;
  let low = 0;
  let high = alerts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (time_of(alerts[middle]!) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
});

// What is overdue has been late before: one of the two is enough.
export function without_implied(alerts: Alert[]): Alert[] {
  const overdue = new Set(alerts.filter((alert) => alert.rule === "overdue").map((alert) => alert.job));
  return alerts.filter((alert) => alert.rule !== "late" || !overdue.has(alert.job));
}

export const firing = computed(() => without_implied(by_time.value.slice(0, fired_count.value)));
export const firing_unmuted = computed(() => firing.value.filter((alert) => !alert.muted_by));

// How many fire; with a plus when the snapshot could not name all alerts and the last that it names fires too.
export const firing_label = computed(() => {
  const { alerts, alert_total } = snapshot.value;
  const more = alert_total !== undefined && alert_total > alerts.length && fired_count.value === alerts.length;
  return `${firing_unmuted.value.length}${more ? "+" : ""}`;
});

// The rules that fire for each job.
export const flags = computed(() => {
  const map = new Map<string, Alert[]>();
  for (const alert of firing.value) {
    if (!alert.job) continue;
    const list = map.get(alert.job);
    if (list) list.push(alert);
    else map.set(alert.job, [alert]);
  }
  return map;
});

// Rules that say that what is shown of a job may no longer be so. A failure stays one.
const stale_rules = new Set(["silent", "late", "overdue"]);

export function is_stale(status: string, alerts: Alert[] | undefined): boolean {
  return !failing_states.includes(status) && (alerts?.some((alert) => stale_rules.has(alert.rule)) ?? false);
}

// What says more than the status beside it does. A job that failed may be lost, which is more.
export function extra_rules(status: string, alerts: Alert[] | undefined): Alert[] {
  return alerts?.filter((alert) => alert.rule !== status && alert.rule !== "failed") ?? [];
}

const severities = ["high", "medium", "low"];

export function severity_rank(alert: Alert): number {
  const rank = severities.indexOf(alert.severity);
  return rank < 0 ? severities.length : rank;
}
