// A log to read: real lines, so that the browser's own search works, with links to lines, search and a way to the next error.
import { useComputed, useSignal, type Signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { download } from "../data/download";
import { is_error, log_path } from "../data/logs";
import { useShard } from "../data/shards";
import type { LogText } from "../data/types";
import { useShortcut } from "../keyboard";
import { preferences } from "../preferences";
import { route, set_query } from "../routes";
import { text } from "../strings";
import { format_bytes } from "../time/format";
import { Age } from "./moment";
import { Loading } from "./panel";

const lines_shown = 500;

// The line cut where the searched word is, without any markup of its own.
function Marked({ line, word }: { line: string; word: string }) {
  if (!word) return <>{line}</>;
  const parts = [];
  const lower = line.toLowerCase();
  let at = 0;
  for (let found = lower.indexOf(word); found >= 0 && parts.length < 200; found = lower.indexOf(word, at)) {
    parts.push(line.slice(at, found), <mark>{line.slice(found, found + word.length)}</mark>);
    at = found + word.length;
  }
  return (
    <>
      {parts}
      {line.slice(at)}
    </>
  );
}

function scroll_to_line(number: number): void {
  document.getElementById(`line-${number}`)?.scrollIntoView({ block: "center" });
}

// Numbers of the lines that a test fits, counted from 1.
function matching(lines: string[], fits: (line: string) => boolean): number[] {
  return lines.flatMap((line, index) => (fits(line) ? [index + 1] : []));
}

function Tools({ digest, log, errors, matches, go_to, follow }: { digest: string; log: LogText; errors: number[]; matches: number[]; go_to: (number: number) => void; follow: Signal<boolean> }) {
  const word = route.value.query.get("q") ?? "";
  const line = Number(route.value.query.get("line")) || 0;
  const next = (list: number[]): number | undefined => list.find((number) => number > line) ?? list[0];
  const previous = (list: number[]): number | undefined => [...list].reverse().find((number) => number < line) ?? list[list.length - 1];
  const step = (number: number | undefined): void => {
    if (number !== undefined) go_to(number);
  };
  useShortcut("e", () => step(next(errors)));
  return (
    <div class="toolbar log-tools">
      <input
        type="search"
        aria-label={text.logs.find}
        placeholder={text.logs.find}
        value={word}
        onInput={(event) => set_query({ q: event.currentTarget.value || undefined }, "replace")}
        onKeyDown={(event) => event.key === "Enter" && step(event.shiftKey ? previous(matches) : next(matches))}
      />
      {word && (
        <>
          <button type="button" class="button" disabled={matches.length === 0} aria-label={text.logs.previous_match} title={text.logs.previous_match} onClick={() => step(previous(matches))}>
            ↑
          </button>
          <button type="button" class="button" disabled={matches.length === 0} aria-label={text.logs.next_match} title={text.logs.next_match} onClick={() => step(next(matches))}>
            ↓
          </button>
          <span class="muted">{text.logs.matches(matches.indexOf(line) + 1, matches.length)}</span>
        </>
      )}
      <button type="button" class="button" disabled={errors.length === 0} onClick={() => step(next(errors))}>
        {text.logs.next_error} <span class="muted">{errors.length}</span>
      </button>
      <label class="check">
        <input type="checkbox" checked={preferences.wrap.value === "on"} onChange={(event) => (preferences.wrap.value = event.currentTarget.checked ? "on" : "off")} />
        {text.logs.wrap}
      </label>
      <label class="check">
        <input type="checkbox" checked={follow.value} onChange={(event) => (follow.value = event.currentTarget.checked)} />
        {text.logs.follow}
      </label>
      <button type="button" class="button" onClick={() => download(`${digest}.log`, "text/plain", `${log.lines.join("\n")}\n`)}>
        {text.logs.raw}
      </button>
    </div>
  );
}

export function LogViewer({ digest }: { digest: string }) {
  const { state, value: log } = useShard<LogText>(log_path(digest));
  const all = useSignal(false);
  const follow = useSignal(false);
  const focused = useRef(0);
  const lines = log?.lines ?? [];
  const word = useComputed(() => (route.value.query.get("q") ?? "").toLowerCase()).value;
  const line = Number(route.value.query.get("line")) || 0;
  const errors = useMemo(() => matching(lines, is_error), [lines]);
  const matches = useMemo(() => (word ? matching(lines, (one) => one.toLowerCase().includes(word)) : []), [lines, word]);
  const hidden = Math.max(0, lines.length - lines_shown);
  // A line that is asked for is shown, however early it is.
  const first = all.value || (line > 0 && line <= hidden) ? 0 : hidden;

  useEffect(() => {
    if (line > 0 && lines.length > 0 && focused.current !== line) scroll_to_line(line);
    focused.current = line;
  }, [line, lines]);
  useEffect(() => {
    if (follow.value) scroll_to_line(lines.length);
  }, [follow.value, lines]);

  if (!log) return <Loading state={state} />;
  const go_to = (number: number): void => {
    if (number <= hidden) all.value = true;
    set_query({ line: String(number) }, "replace");
    scroll_to_line(number);
  };
  const has_error = new Set(errors);
  return (
    <section aria-label={log.source ?? digest}>
      <p class="log-source">
        <span class="mono">{log.source}</span>
        <span class="muted">
          {[log.host, text.logs.shown(lines.length, format_bytes(log.size))].filter(Boolean).join(" · ")} · <Age time={log.written} />
        </span>
      </p>
      <Tools digest={digest} log={log} errors={errors} matches={matches} go_to={go_to} follow={follow} />
      {lines.length === 0 && <p class="empty">{text.logs.empty}</p>}
      {first > 0 && (
        <button type="button" class="button" onClick={() => (all.value = true)}>
          {text.logs.older(first)}
        </button>
      )}
      <div class="log" data-wrap={preferences.wrap.value} role="region" aria-label={log.source ?? digest} tabIndex={0}>
        {lines.slice(first).map((one, offset) => {
          const number = first + offset + 1;
          return (
            <div key={number} id={`line-${number}`} class="line" data-error={has_error.has(number) ? "" : undefined} aria-current={number === line ? "location" : undefined}>
              <button type="button" class="line-number" tabIndex={-1} aria-label={text.logs.link_line(number)} onClick={() => set_query({ line: String(number) })}>
                {number}
              </button>
              <span class="line-text">
                <Marked line={one} word={word} />
              </span>
            </div>
          );
        })}
      </div>
    </section>
  );
}
