// The logs that were collected, and one of them to read.
import { useShard } from "../data/shards";
import { log_digest } from "../data/logs";
import type { LogFile } from "../data/types";
import { LogViewer } from "../components/log_viewer";
import { Age } from "../components/moment";
import { Loading, TableBox, useSteps } from "../components/panel";
import { job_link, link, route, set_query } from "../routes";
import { text } from "../strings";
import { parse_time } from "../time/clock";
import { format_bytes } from "../time/format";

function fits(log: LogFile, words: string[]): boolean {
  const hay = [log.file, log.job, log.host, log.project, log.source, log.preview].join("\n").toLowerCase();
  return words.every((word) => hay.includes(word));
}

function Row({ log }: { log: LogFile }) {
  return (
    <tr>
      <th scope="row">
        <a href={link("logs", { log: log_digest(log) })} data-item="" title={log.source}>
          {log.file}
        </a>
      </th>
      <td class="short">{log.job && <a href={job_link(log.job, { tab: "logs" })}>{log.job}</a>}</td>
      <td class="short">{log.host}</td>
      <td class="short">{log.project}</td>
      <td class="number">{format_bytes(log.size)}</td>
      <td>
        <Age time={log.written} />
      </td>
      <td class="number">{log.errors ? <span class="flag" data-severity="high">{log.errors}</span> : ""}</td>
      <td class="mono preview">{log.preview}</td>
    </tr>
  );
}

function List({ logs }: { logs: LogFile[] }) {
  const query = (route.value.query.get("q") ?? "").toLowerCase();
  const words = query.split(/\s+/).filter(Boolean);
  const found = logs.filter((log) => fits(log, words)).sort((a, b) => (parse_time(b.written) ?? 0) - (parse_time(a.written) ?? 0));
  const { shown, more } = useSteps(found.length, 100);
  const columns = text.logs.columns;
  return (
    <>
      <div class="toolbar">
        <input type="search" aria-label={text.logs.search} placeholder={text.logs.search} value={route.value.query.get("q") ?? ""} onInput={(event) => set_query({ q: event.currentTarget.value || undefined }, "replace")} />
        <span class="shown muted">{text.alerts.shown(found.length, logs.length)}</span>
      </div>
      {found.length === 0 && <p class="empty">{logs.length === 0 ? text.logs.nothing : text.logs.none_fits}</p>}
      {found.length > 0 && (
        <section class="panel" aria-label={text.logs.title}>
          <TableBox label={text.logs.title}>
            <table class="list logs">
              <thead>
                <tr>
                  <th scope="col">{columns.file}</th>
                  <th scope="col">{columns.job}</th>
                  <th scope="col">{columns.host}</th>
                  <th scope="col">{columns.project}</th>
                  <th scope="col" class="number">
                    {columns.size}
                  </th>
                  <th scope="col">{columns.written}</th>
                  <th scope="col" class="number">
                    {columns.errors}
                  </th>
                  <th scope="col">{columns.preview}</th>
                </tr>
              </thead>
              <tbody>
                {found.slice(0, shown).map((log) => (
                  <Row key={log.shard} log={log} />
                ))}
              </tbody>
            </table>
          </TableBox>
        </section>
      )}
      {more}
    </>
  );
}

export function Logs() {
  const digest = route.value.query.get("log");
  const file = useShard<{ logs?: LogFile[] }>("data/logs.js");
  if (digest) {
    return (
      <>
        <p class="crumb">
          <a href={link("logs")}>{text.logs.back}</a>
        </p>
        <h1 class="hidden">{text.logs.title}</h1>
        <LogViewer key={digest} digest={digest} />
      </>
    );
  }
  return (
    <>
      <div class="page-head">
        <h1>{text.logs.title}</h1>
      </div>
      {file.value ? <List logs={file.value.logs ?? []} /> : <Loading state={file.state} />}
    </>
  );
}
