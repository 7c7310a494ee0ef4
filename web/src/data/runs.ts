// How a run is shown.
import { computed } from "@preact/signals";
import { jobs } from "./jobs";
import type { Run } from "./types";

const open_states = new Set(["running", "pending", "waiting"]);

// The status of a run that never told its end, and after which another has begun.
export const unended = "unended";

export function is_open(status: string): boolean {
  return open_states.has(status);
}

export function shown_status(run: Run, current_run: string | undefined): string {
  return is_open(run.status) && run.run_id !== current_run ? unended : run.status;
}

// The run that each job is in, or was in last.
export const current_runs = computed(() => new Map(jobs.value.map((job) => [job.name, job.run_id])));
