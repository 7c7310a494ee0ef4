// A status and the rules that fire, told by shape, word and colour.
import { rule_label, status_label } from "../strings";
import { severity_rank } from "../data/alerts";
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

// The column holds one; how many more there are is said, and which is on the job's page.
export function WorstFlag({ alerts }: { alerts: Alert[] }) {
  const [worst, ...others] = [...alerts].sort((a, b) => Number(Boolean(a.muted_by)) - Number(Boolean(b.muted_by)) || severity_rank(a) - severity_rank(b));
  if (!worst) return null;
  return (
    <>
      <Flags alerts={[worst]} />
      {others.length > 0 && (
        <span class="flag" title={others.map((alert) => rule_label(alert.rule)).join(", ")}>
          +{others.length}
        </span>
      )}
    </>
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
