// Collected logs by the digest in their file's name, which is how the address names one.
import type { LogFile } from "./types";

export function log_digest(log: LogFile): string {
  return /^data\/log\/([A-Za-z0-9_-]+)\.js$/.exec(log.shard)?.[1] ?? "";
}

export function log_path(digest: string): string {
  return `data/log/${digest}.js`;
}

// What people look for in a log. A word of its own, so that "0 errors" and "error_rate" are not taken for one.
const trouble = /\b(?:error|fatal|exception|traceback|panic|segmentation fault|killed|out of memory|oom-kill|failed|cannot|core dumped)\b/i;
const denied = /\b(?:0|no) (?:errors?|failed)\b/i;

export function is_error(line: string): boolean {
  return trouble.test(line) && !denied.test(line);
}
