// A status and the rules that fire, told by shape, word and colour.
import { rule_label, status_label } from "../strings";
import type { Alert } from "../data/types";

const known = new Set(["pending", "waiting", "running", "completed", "failed", "cancelled", "timeout", "lost"]);

// The word for attributes and classes: a status that nobody knows must not make up a new one.
export function status_class(status: string): string {
  return known.has(status) ? status : "other";
}

export function Status({ status, stale }: { status: string; stale?: boolean }) {
  return (
    <span class="status" data-status={status_class(status)} data-stale={stale ? "" : undefined}>
      {status_label(status)}
    </span>
  );
}

export function Flags({ alerts }: { alerts: Alert[] }) {
  return (
    <>
      {alerts.map((alert) => (
        <span key={alert.rule} class="flag" data-severity={alert.muted_by ? "muted" : alert.severity} title={alert.text}>
          {rule_label(alert.rule)}
        </span>
      ))}
    </>
  );
}
