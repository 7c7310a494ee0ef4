// What docs/formats/site.md says of the files. A field without a value is left out, and none is trusted to be there.

export interface Usual {
  median: number;
  p95: number;
  runs: number;
}

export interface Tasks {
  total: number;
  unheard: number;
  states: Record<string, number>;
}

export interface Summary {
  name: string;
  status: string;
  time?: string;
  since?: string;
  run_id?: string;
  start_time?: string;
  end_time?: string;
  duration?: number;
  progress?: number;
  cpu_usage?: number;
  memory_usage?: number;
  next_scheduled_run?: string;
  host?: string;
  cluster?: string;
  partition?: string;
  slurm_job_id?: string | number;
  project?: string;
  message?: string;
  estimated_end?: string;
  usual?: Usual;
  tasks?: Tasks;
  recent?: [string, number | null][];
  attention?: number;
}

export interface Alert {
  job?: string;
  host?: string; // of the job's last report, or of a clone
  rule: string;
  severity: string;
  at: string;
  until?: string;
  text: string;
  advice?: string;
  muted_by?: string;
}

export interface Snapshot {
  format: number;
  title: string;
  repository?: string;
  generated_at: string;
  expected_seconds?: number;
  live?: boolean;
  counts: Record<string, number>;
  jobs: Summary[];
  total: number;
  buckets: number;
  alerts: Alert[];
  alert_total?: number;
  hosts: { host: string; time: string }[];
  defaults?: { silent_seconds?: number; long_running_seconds?: number };
}

export interface Run {
  job?: string;
  run_id?: string;
  status: string;
  start?: string;
  end?: string;
  duration?: number;
  host?: string;
  exit_code?: number;
  message?: string;
  progress?: number;
  cpu_peak?: number;
  memory_peak?: number;
  slurm_job_id?: string | number;
  reports?: number;
}

// A day, how its runs ended, and the seconds that its completed runs took in all.
export type Day = [date: string, ends: Record<string, number>, seconds: number];

export interface Samples {
  run_id?: string;
  time: number[];
  progress?: (number | null)[];
  cpu?: (number | null)[];
  memory?: (number | null)[];
}

export interface LogFile {
  project?: string;
  host?: string;
  file: string;
  source?: string;
  job?: string;
  size?: number;
  written?: string;
  lines?: number;
  errors?: number;
  preview?: string;
  shard: string;
}

export interface JobDetails {
  summary: Summary;
  fields?: Record<string, unknown>;
  entries?: { time?: string; status?: string; message?: string }[];
  samples?: Samples;
  runs?: Run[];
  run_total?: number;
  days?: Day[];
  alerts?: { now?: Alert[]; before?: Alert[] };
  tails?: LogFile[];
}

export interface LogText {
  lines: string[];
  source?: string;
  host?: string;
  job?: string;
  written?: string;
  size?: number;
}

export interface CloneHealth {
  clone: string;
  host?: string;
  version?: string;
  time?: string;
  last_publish?: string | null;
  published?: number;
  waiting?: number;
  oldest_waiting?: string | null;
  refused?: number;
  damaged?: number;
  last_error?: string;
  sync_period_seconds?: number | null;
  interval_seconds?: number;
}

export interface PublisherEntry {
  time: string;
  level: string;
  host?: string;
  event: string;
  job?: string;
  text: string;
}

export interface Health {
  clones?: CloneHealth[];
  log?: PublisherEntry[];
}
