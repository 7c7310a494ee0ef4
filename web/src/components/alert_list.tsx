// Alerts one by one: what, since when, what to do.
import type { Alert } from "../data/types";
import { job_link } from "../routes";
import { rule_label, text } from "../strings";
import { parse_time } from "../time/clock";
import { format_duration } from "../time/format";
import { Age, Exact } from "./moment";

export function alert_key(alert: Alert): string {
  return `${alert.job ?? ""} ${alert.rule} ${alert.at}`;
}

export function AlertItem({ alert, of_job }: { alert: Alert; of_job?: boolean }) {
  return (
    <li class="alert" data-severity={alert.muted_by ? "muted" : alert.severity}>
      <div class="alert-head">
        <span class="severity">{text.severities[alert.severity] ?? alert.severity}</span>
        <b>{rule_label(alert.rule)}</b>
        {!of_job && (alert.job ? (
          <a href={job_link(alert.job)} data-item="">
            {alert.job}
          </a>
        ) : (
          <span>{alert.host ?? text.alerts.whole}</span>
        ))}
        {alert.muted_by && <span class="muted">{text.alerts.muted_by(rule_label(alert.muted_by))}</span>}
        <span class="alert-since muted">
          {text.alerts.since} <Exact time={alert.at} /> (<Age time={alert.at} />)
        </span>
      </div>
      <p>{alert.text}</p>
      {alert.advice && <p class="advice">{alert.advice}</p>}
    </li>
  );
}

function lasted(alert: Alert): string {
  const [from, until] = [parse_time(alert.at), parse_time(alert.until)];
  return from === undefined || until === undefined ? "" : format_duration((until - from) / 1000);
}

export function PastAlerts({ alerts, of_job }: { alerts: Alert[]; of_job?: boolean }) {
  return (
    <table class="list">
      <thead>
        <tr>
          <th scope="col">{text.alerts.rule}</th>
          {!of_job && <th scope="col">{text.alerts.job}</th>}
          <th scope="col">{text.alerts.from}</th>
          <th scope="col">{text.alerts.lasted}</th>
          <th scope="col">{text.alerts.what}</th>
        </tr>
      </thead>
      <tbody>
        {alerts.map((alert) => (
          <tr key={alert_key(alert)}>
            <td>
              <span class="flag" data-severity={alert.severity}>
                {rule_label(alert.rule)}
              </span>
            </td>
            {!of_job && <td>{alert.job ? <a href={job_link(alert.job)}>{alert.job}</a> : (alert.host ?? text.alerts.whole)}</td>}
            <td>
              <Exact time={alert.at} />
            </td>
            <td class="nowrap">{lasted(alert)}</td>
            <td class="text">{alert.text}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
