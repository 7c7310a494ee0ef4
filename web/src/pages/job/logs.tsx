// The collected ends of the job's logs, one at a time.
import { LogViewer } from "../../components/log_viewer";
import { log_digest } from "../../data/logs";
import type { LogFile } from "../../data/types";
import { route, set_query } from "../../routes";
import { text } from "../../strings";
import { format_bytes } from "../../time/format";

export function LogsTab({ tails }: { tails: LogFile[] }) {
  if (tails.length === 0) return <p class="empty">{text.job.no_logs}</p>;
  const wanted = route.value.query.get("log");
  const shown = tails.find((tail) => log_digest(tail) === wanted) ?? tails[0]!;
  return (
    <>
      <div class="chips file-chips" role="group" aria-label={text.logs.title}>
        {tails.map((tail) => (
          <button key={tail.shard} type="button" class="chip-button" aria-pressed={tail === shown} onClick={() => set_query({ log: log_digest(tail), line: undefined, q: undefined })}>
            <span>{tail.file}</span>
            <span class="muted">{format_bytes(tail.size)}</span>
          </button>
        ))}
      </div>
      <LogViewer key={shown.shard} digest={log_digest(shown)} />
    </>
  );
}
