// Changes of state for those who do not see the page, and for those who look at another: live region, title, icon.
import { effect, signal } from "@preact/signals";
import { freshness } from "../data/freshness";
import { jobs } from "../data/jobs";
import { failing_count, snapshot } from "../data/snapshot";
import { route } from "../routes";
import { status_label, text } from "../strings";
import { freshness_sentence } from "./banner";

const message = signal("");
const most_named = 3;

export function Announcer() {
  return (
    <div role="status" class="hidden">
      {message.value}
    </div>
  );
}

function watch_jobs(): void {
  let known = new Map<string, string>();
  effect(() => {
    const current = new Map(jobs.value.map((job) => [job.name, job.status]));
    const changes = [...current].filter(([name, status]) => known.has(name) && known.get(name) !== status);
    known = current;
    if (changes.length === 0) return;
    const named = changes.slice(0, most_named).map(([name, status]) => text.changes.job(name, status_label(status)));
    if (changes.length > most_named) named.push(text.changes.more(changes.length - most_named));
    message.value = named.join(", ");
  });
}

function watch_freshness(): void {
  let before = freshness.peek();
  effect(() => {
    const level = freshness.value;
    if (level === before) return;
    before = level;
    message.value = level === "fresh" ? text.freshness.fresh_again : freshness_sentence();
  });
}

// The icon's lamps: the upper one for trouble, the lower one for all is well. Stale is never green.
function icon(failing: number): string {
  const stale = freshness.value !== "fresh";
  const upper = failing > 0 ? "#ff5d52" : stale ? "#f0a83c" : "#5b6070";
  const lower = failing > 0 || stale ? "#5b6070" : "#4cc38a";
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#23262d"/>` +
    `<circle cx="16" cy="10" r="${failing > 0 ? 6 : 4.5}" fill="${upper}"/><circle cx="16" cy="22" r="4.5" fill="${lower}"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

function show_in_tab(): void {
  effect(() => {
    const { page, job } = route.value;
    const here = page === "overview" ? [] : [page === "job" ? job : text.pages[page]];
    document.title = text.title([...here, snapshot.value.title], failing_count.value);
  });
  effect(() => {
    document.getElementById("favicon")?.setAttribute("href", icon(failing_count.value));
  });
  effect(() => {
    document.documentElement.dataset["freshness"] = freshness.value;
  });
}

export function start_announcing(): void {
  watch_jobs();
  watch_freshness();
  show_in_tab();
}
