// The snapshot that the page carries, and what replaces it later.
import { computed, signal } from "@preact/signals";
import type { Snapshot } from "./types";

const empty: Snapshot = {
  format: 1,
  title: "",
  generated_at: "",
  counts: {},
  jobs: [],
  total: 0,
  buckets: 0,
  alerts: [],
  hosts: [],
};

export const known_format = 1;

function complete(value: unknown): Snapshot {
  const given = typeof value === "object" && value !== null ? (value as Partial<Snapshot>) : {};
  return { ...empty, ...given };
}

function inlined(): Snapshot {
  try {
    return complete(JSON.parse(document.getElementById("snapshot")?.textContent ?? ""));
  } catch {
    return { ...empty, format: 0 };
  }
}

export const snapshot = signal<Snapshot>(inlined());

export function replace_snapshot(value: unknown): void {
  snapshot.value = complete(value);
}

export const failing_states = ["failed", "timeout", "lost"];

export const failing_count = computed(() =>
  failing_states.reduce((sum, status) => sum + (snapshot.value.counts[status] ?? 0), 0),
);
