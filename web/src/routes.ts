// Where the reader is: everything behind the # of the address, so that it works on any host and from a file.
import { computed, signal } from "@preact/signals";

export type PageName = "overview" | "job" | "history" | "alerts" | "logs" | "health" | "unknown";

export interface Route {
  page: PageName;
  job: string; // of page "job"
  query: URLSearchParams;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function parse_route(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#?\/?/, "").split(/\?(.*)/s);
  const [first = "", ...rest] = path.split("/");
  const page = ({ "": "overview", job: "job", history: "history", alerts: "alerts", logs: "logs", health: "health" } as const)[
    first
  ];
  return { page: page ?? "unknown", job: decode(rest.join("/")), query: new URLSearchParams(query) };
}

const address = signal(location.hash);
export const route = computed(() => parse_route(address.value));

type Query = Record<string, string | undefined>;

export function link(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) search.set(name, value);
  const text = search.toString();
  return `#/${path}${text ? `?${text}` : ""}`;
}

export function job_link(name: string, query: Query = {}): string {
  return link(`job/${encodeURIComponent(name)}`, query);
}

// Scrolling is kept with each entry of the history, for the back button.
history.scrollRestoration = "manual";

let saving: number | undefined;

function save_scroll(): void {
  clearTimeout(saving);
  history.replaceState({ scroll: scrollY }, "");
}

// Browsers limit how often; a link that is followed sooner saves it itself.
const saved_after_ms = 200;
addEventListener(
  "scroll",
  () => {
    clearTimeout(saving);
    saving = setTimeout(save_scroll, saved_after_ms);
  },
  { passive: true },
);
document.addEventListener("click", (event) => event.target instanceof Element && event.target.closest("a[href^='#']") && save_scroll(), true);

function restore_scroll(state: unknown): void {
  const top = (state as { scroll?: number } | null)?.scroll ?? 0;
  // After the page was drawn, and once more when its data came.
  requestAnimationFrame(() => scrollTo(0, top));
  if (top > 0) setTimeout(() => scrollY < top && document.body.scrollHeight > top && scrollTo(0, top), 150);
}

addEventListener("popstate", (event) => {
  clearTimeout(saving);
  const before = route.peek();
  address.value = location.hash;
  const after = route.peek();
  // A link to a part of the page itself asks for no scrolling.
  if (event.state !== null || before.page !== after.page || before.job !== after.job) restore_scroll(event.state);
});
restore_scroll(history.state);

// Changes parts of the query; `replace` for what is typed, so that the back button does not go letter by letter.
export function set_query(changes: Query, how: "push" | "replace" = "push"): void {
  const query = new URLSearchParams(route.peek().query);
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const path = location.hash.replace(/^#?\/?/, "").split("?")[0];
  const text = query.toString();
  const url = `#/${path}${text ? `?${text}` : ""}`;
  if (url === location.hash) return;
  if (how === "push") {
    save_scroll();
    history.pushState({ scroll: scrollY }, "", url);
  } else {
    clearTimeout(saving);
    history.replaceState({ scroll: scrollY }, "", url);
  }
  address.value = location.hash;
}

export function query_list(name: string): string[] {
  return (route.value.query.get(name) ?? "").split(",").filter(Boolean);
}
