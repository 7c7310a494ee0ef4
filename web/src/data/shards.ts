// The data files. A page of file:// can neither fetch nor import, so each file is a script that calls signalboxShard.
import { signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

export interface Shard<T> {
  state: "loading" | "ready" | "missing";
  value?: T;
}

interface Entry {
  content: Signal<Shard<unknown>>;
  users: number;
  version: string; // of the data that it was read for
}

// What nobody looks at any more is kept up to this number, so that going back is instant.
const kept_unused = 60;
const entries = new Map<string, Entry>();
let version = ""; // empty: as the page was loaded

declare global {
  interface Window {
    signalboxShard: (path: string, value: unknown) => void;
  }
}

window.signalboxShard = (path, value) => {
  const entry = entries.get(path);
  if (entry) entry.content.value = { state: "ready", value };
};

// A path comes from a file too: it names a data file below this page, or nothing.
function address(path: string, version: string): string | undefined {
  const parts = path.split("/");
  if (parts[0] !== "data" || parts.some((part) => part === "" || part === "." || part === "..")) return undefined;
  return parts.map(encodeURIComponent).join("/") + (version ? `?v=${encodeURIComponent(version)}` : "");
}

function load(path: string, entry: Entry, wanted = version): void {
  entry.version = wanted;
  const url = address(path, entry.version);
  const give_up = (): void => {
    if (entry.content.peek().state === "loading") entry.content.value = { state: "missing" };
  };
  if (url === undefined) return give_up();
  const script = document.createElement("script");
  script.src = url;
  script.onload = script.onerror = () => {
    script.remove();
    give_up();
  };
  document.head.append(script);
}

function forget_unused(): void {
  const unused = [...entries].filter(([, entry]) => entry.users === 0);
  for (const [path] of unused.slice(0, Math.max(0, unused.length - kept_unused))) entries.delete(path);
}

// The file's content, read when it was not; a later call may read it again when the data moved on.
export function shard<T>(path: string): ReadonlySignal<Shard<T>> {
  let entry = entries.get(path);
  if (!entry) {
    entry = { content: signal({ state: "loading" }), users: 0, version };
    entries.set(path, entry);
    load(path, entry);
    forget_unused();
  } else if (entry.version !== version && entry.users === 0) {
    load(path, entry);
  }
  return entry.content as Signal<Shard<T>>;
}

// Keeps a file, and keeps it current, until the function that it returns is called.
export function hold(path: string): () => void {
  shard(path);
  const entry = entries.get(path)!;
  entry.users += 1;
  return () => {
    entry.users -= 1;
  };
}

// For a component: the content while it is shown, kept current.
export function useShard<T>(path: string): Shard<T> {
  useEffect(() => hold(path), [path]);
  return shard<T>(path).value;
}

// The same for several files at once.
export function useShards<T>(paths: string[]): Shard<T>[] {
  const key = paths.join("\n");
  useEffect(() => {
    const releases = paths.map(hold);
    return () => releases.forEach((release) => release());
  }, [key]);
  return paths.map((path) => shard<T>(path).value);
}

// The data is now that of `time`: what is in use is read again, of `paths` when they are known, and the rest when
// it is next needed.
export function renew(time: string, paths?: string[]): void {
  version = time;
  const changed = paths && new Set(paths);
  for (const [path, entry] of entries) {
    if (changed && !changed.has(path)) {
      entry.version = version;
    } else if (entry.users > 0) {
      load(path, entry);
    }
  }
}

// The file as it is now, past what the browser and the page remember of it.
export function read_now(path: string, done: (value: unknown) => void): void {
  const entry: Entry = { content: signal({ state: "loading" }), users: 0, version };
  entries.set(path, entry);
  load(path, entry, String(Date.now()));
  const stop = entry.content.subscribe((content) => {
    if (content.state === "loading") return;
    if (content.state === "ready") done(content.value);
    entries.delete(path);
    queueMicrotask(() => stop());
  });
}
