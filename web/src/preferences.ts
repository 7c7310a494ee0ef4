// What the reader chose, kept in the browser. Where that is refused, it lasts as long as the page.
import { effect, signal, type Signal } from "@preact/signals";

function kept<T extends string>(name: string, initial: T, accepts: (value: string) => boolean): Signal<T> {
  const key = `signalbox.${name}`;
  let value = initial;
  try {
    const found = localStorage.getItem(key);
    if (found !== null && accepts(found)) value = found as T;
  } catch {
    // no storage: the initial value
  }
  const kept_signal = signal(value);
  let first = true;
  effect(() => {
    const current = kept_signal.value;
    if (first) {
      first = false;
      return;
    }
    try {
      localStorage.setItem(key, current);
    } catch {
      // no storage: for this page only
    }
  });
  return kept_signal;
}

export type Theme = "auto" | "light" | "dark";
export type Switch = "on" | "off";

const is_switch = (value: string): boolean => value === "on" || value === "off";

export const preferences = {
  theme: kept<Theme>("theme", "auto", (value) => ["auto", "light", "dark"].includes(value)),
  zone: kept<string>("zone", "browser", (value) => value.length < 64),
  shortcuts: kept<Switch>("shortcuts", "on", is_switch),
  refresh: kept<Switch>("refresh", "on", is_switch),
  wrap: kept<Switch>("wrap", "on", is_switch),
};

// Whether the page is dark now, for what is drawn and not styled.
const system_dark = matchMedia("(prefers-color-scheme: dark)");
const system_is_dark = signal(system_dark.matches);
system_dark.addEventListener("change", () => (system_is_dark.value = system_dark.matches));

export function is_dark(): boolean {
  const theme = preferences.theme.value;
  return theme === "dark" || (theme === "auto" && system_is_dark.value);
}

effect(() => {
  document.documentElement.dataset["theme"] = preferences.theme.value;
});
