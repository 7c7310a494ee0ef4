// All jobs: those of the snapshot at once, the rest bucket by bucket while the browser has nothing else to do.
import { computed, effect, signal } from "@preact/signals";
import { hold, shard, useShard } from "./shards";
import { snapshot } from "./snapshot";
import type { JobDetails, Summary } from "./types";

const wanted_buckets = signal(0);

function bucket_path(bucket: number): string {
  return `data/jobs/${bucket}.js`;
}

// An estimate that no program reaches: it bounds what a wrong number in a file can make the page do.
const most_buckets = 4096;

export const jobs = computed<Summary[]>(() => {
  const { jobs: first, buckets } = snapshot.value;
  if (buckets === 0) return first;
  const all = new Map(first.map((job) => [job.name, job]));
  const read = Math.min(wanted_buckets.value, buckets, most_buckets);
  for (let bucket = 0; bucket < read; bucket += 1) {
    const content = shard<{ jobs?: Summary[] }>(bucket_path(bucket)).value.value;
    // The snapshot is read more often than the buckets, so its word stands.
    for (const job of content?.jobs ?? []) if (!all.has(job.name)) all.set(job.name, job);
  }
  return [...all.values()];
});

export const jobs_are_complete = computed(() => snapshot.value.buckets === 0 || jobs.value.length >= snapshot.value.total);

function when_idle(step: () => void): void {
  if ("requestIdleCallback" in window) requestIdleCallback(step, { timeout: 500 });
  else setTimeout(step, 50);
}

// How many buckets are asked for at a time: each that arrives sorts the table anew.
const step_size = 8;

export function read_all_jobs(): void {
  effect(() => {
    const total = Math.min(snapshot.value.buckets, most_buckets);
    const next = wanted_buckets.value;
    if (next >= total) return;
    when_idle(() => {
      const wanted = Math.min(next + step_size, total);
      for (let bucket = next; bucket < wanted; bucket += 1) hold(bucket_path(bucket));
      wanted_buckets.value = wanted;
    });
  });
}

// A job by its name: its file, and its summary as soon as any file told it.
export function useJob(name: string): { summary: Summary | undefined; details: JobDetails | undefined; missing: boolean } {
  const details = useShard<JobDetails>(`data/job/${name}.js`);
  const known = jobs.value.find((job) => job.name === name);
  return { summary: known ?? details.value?.summary, details: details.value, missing: details.state === "missing" };
}
