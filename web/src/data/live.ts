// Keeps an open page current: from `serve` by its event stream, from a static host by reading the snapshot again.
import { effect, signal } from "@preact/signals";
import { preferences } from "../preferences";
import { read_now, renew } from "./shards";
import { replace_snapshot, snapshot } from "./snapshot";

export type Connection = "static" | "connecting" | "live" | "paused" | "lost";
export const connection = signal<Connection>("static");

// The stream says `alive` every 15 s; three missed ones are a connection that died without being closed.
const silence_limit_ms = 45_000;
const retry_ms = 5_000;

const shortest_poll_ms = 60_000;
const longest_poll_ms = 600_000;

async function read_live_snapshot(): Promise<void> {
  const response = await fetch("api/v1/snapshot", { cache: "no-store" });
  if (response.ok) replace_snapshot(await response.json());
}

// After a time in which nobody told what changed.
function read_everything(): void {
  read_live_snapshot().then(
    () => renew(String(Date.now())),
    () => undefined, // the server is away: the stream's next try says so
  );
}

interface Changed {
  generated_at?: string;
  paths?: string[];
}

function on_changed(data: string): void {
  let changed: Changed;
  try {
    changed = JSON.parse(data) as Changed;
  } catch {
    return;
  }
  const paths = Array.isArray(changed.paths) ? changed.paths : undefined;
  if (!paths || paths.includes("index.html")) void read_live_snapshot().catch(() => undefined);
  renew(changed.generated_at ?? String(Date.now()), paths);
}

// Follows the stream until it is told to stop.
function follow_stream(): () => void {
  let stream: EventSource | undefined;
  let last_heard = Date.now();
  let opened_before = false;

  const open = (): void => {
    stream?.close();
    last_heard = Date.now();
    connection.value = opened_before ? "lost" : "connecting";
    stream = new EventSource("api/v1/stream");
    const heard = (): void => {
      last_heard = Date.now();
      connection.value = "live";
    };
    stream.onopen = () => {
      heard();
      // What changed while nobody listened is not told again.
      if (opened_before) read_everything();
      opened_before = true;
    };
    stream.addEventListener("alive", heard);
    stream.addEventListener("changed", (event) => {
      heard();
      on_changed((event as MessageEvent<string>).data);
    });
    stream.onerror = () => (connection.value = "lost");
  };

  open();
  const watch = setInterval(() => {
    const closed = stream?.readyState === EventSource.CLOSED;
    if (closed || Date.now() - last_heard > silence_limit_ms) open();
  }, retry_ms);
  return () => {
    clearInterval(watch);
    stream?.close();
  };
}

function on_polled(value: unknown): void {
  const before = snapshot.peek().generated_at;
  const time = (value as { generated_at?: string } | null)?.generated_at;
  if (!time || time === before) return;
  replace_snapshot(value);
  renew(time);
}

// Reads the snapshot of a static host again and again.
function poll(): () => void {
  connection.value = "static";
  const expected = (snapshot.peek().expected_seconds ?? 600) * 500;
  const period = Math.min(Math.max(expected, shortest_poll_ms), longest_poll_ms);
  const timer = setInterval(() => read_now("data/snapshot.js", on_polled), period);
  return () => clearInterval(timer);
}

// To be called once, when the page starts.
export function keep_current(): void {
  const live = snapshot.peek().live === true && location.protocol.startsWith("http");
  let missed = false; // what changed during a pause
  effect(() => {
    if (preferences.refresh.value === "off") {
      connection.value = "paused";
      missed = true;
      return undefined;
    }
    if (live && missed) read_everything();
    missed = false;
    return live ? follow_stream() : poll();
  });
}
