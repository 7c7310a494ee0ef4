// The blocks of which pages are made.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { text } from "../strings";

export function Panel({ title, note, aside, wide, children }: { title: string; note?: string; aside?: ComponentChildren; wide?: boolean; children: ComponentChildren }) {
  return (
    <section class={wide ? "panel wide" : "panel"} aria-label={title}>
      <header>
        <h2>{title}</h2>
        {aside}
      </header>
      {note && <p class="note muted">{note}</p>}
      {children}
    </section>
  );
}

export type Fact = [label: string, value: ComponentChildren];

// Facts without a value are left out.
export function Facts({ facts }: { facts: (Fact | false | undefined | "" | 0)[] }) {
  return (
    <dl class="facts">
      {facts.map(
        (fact) =>
          fact &&
          fact[1] !== undefined &&
          fact[1] !== "" && (
            <div key={fact[0]}>
              <dt>{fact[0]}</dt>
              <dd>{fact[1]}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

// A table that may be wider than a small screen scrolls in its own box, which the keyboard reaches too.
export function TableBox({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class="table-box" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}

// For a box whose right end is the newest.
export function useScrolledToEnd() {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (box.current) box.current.scrollLeft = box.current.scrollWidth;
  }, []);
  return box;
}

// Shows `step` of a long list, and more when asked.
export function useSteps(total: number, step: number): { shown: number; more: ComponentChildren } {
  const wanted = useSignal(step);
  const shown = Math.min(total, wanted.value);
  const more = shown < total && (
    <button type="button" class="button more-button" onClick={() => (wanted.value += step * 4)}>
      {text.job.show_more}
    </button>
  );
  return { shown, more };
}

export function Loading({ state }: { state: "loading" | "ready" | "missing" }) {
  if (state === "ready") return null;
  return <p class="loading">{state === "loading" ? text.loading : text.missing}</p>;
}
