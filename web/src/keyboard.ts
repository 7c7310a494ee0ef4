// Single-key shortcuts. Lists need nothing but `data-item` on what j and k go through.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { preferences } from "./preferences";

export const help_is_open = signal(false);
export const settings_are_open = signal(false);

const pages_own = new Map<string, () => void>();

// A key of the page that is shown.
export function useShortcut(key: string, action: () => void): void {
  useEffect(() => {
    pages_own.set(key, action);
    return () => {
      if (pages_own.get(key) === action) pages_own.delete(key);
    };
  });
}

function is_typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.matches("input, textarea, select") || target.isContentEditable);
}

function move(step: number): void {
  const items = [...document.querySelectorAll<HTMLElement>("[data-item]")].filter((item) => item.offsetParent !== null);
  const at = items.findIndex((item) => item === document.activeElement);
  const visible = items.findIndex((item) => item.getBoundingClientRect().top >= 0);
  const next = at >= 0 ? at + step : Math.max(0, visible);
  items[Math.min(items.length - 1, Math.max(0, next))]?.focus();
}

function toggle_refresh(): void {
  preferences.refresh.value = preferences.refresh.value === "on" ? "off" : "on";
}

const everywhere: Record<string, () => void> = {
  "/": () => document.querySelector<HTMLInputElement>("input[type=search]")?.focus(),
  j: () => move(1),
  k: () => move(-1),
  p: toggle_refresh,
  "?": () => (help_is_open.value = true),
};

function on_escape(target: EventTarget | null): void {
  // A dialog closes itself.
  if (document.querySelector("dialog[open]")) return;
  if (target instanceof HTMLElement && target.matches("input, select")) target.blur();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape") return on_escape(event.target);
  if (preferences.shortcuts.value === "off" || is_typing(event.target) || document.querySelector("dialog[open]")) return;
  const action = pages_own.get(event.key) ?? everywhere[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});
