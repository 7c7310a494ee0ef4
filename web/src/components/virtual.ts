// Which rows of a long list of equally high rows are on the screen. The page itself scrolls, not a box in it.
import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import type { RefObject } from "preact";

const overscan = 16;
// Shorter lists are drawn whole, so that the browser's own search finds everything.
const drawn_whole = 300;

const printing = signal(false);
addEventListener("beforeprint", () => (printing.value = true));
addEventListener("afterprint", () => (printing.value = false));

export interface Rows {
  first: number;
  last: number; // exclusive
  above: number; // pixels of the rows that are not drawn
  below: number;
}

// The height of a row depends on the reader's size of text and on the width of the screen, so it is measured.
function measure(body: HTMLElement): { top: number; row: number } {
  const row = body.querySelector("tr:not(.spacer)")?.getBoundingClientRect().height ?? 0;
  return { top: body.getBoundingClientRect().top, row: row > 0 ? row : 36 };
}

// `body` holds the rows, all equally high. `complete`: no more rows are on their way.
export function useRows(count: number, body: RefObject<HTMLElement | null>, complete: boolean): Rows {
  const whole = (complete && count <= drawn_whole) || printing.value;
  const [range, set_range] = useState({ first: 0, last: 60, row: 36 });

  const update = (): void => {
    if (!body.current) return;
    const { top, row } = measure(body.current);
    // In steps, so that a small scroll draws nothing.
    const first = Math.max(0, Math.floor((-top / row - overscan) / 8) * 8);
    const last = Math.ceil((innerHeight - top) / row + overscan);
    set_range((old) => (old.first === first && Math.abs(old.last - last) < 8 && old.row === row ? old : { first, last: last + 8, row }));
  };

  useLayoutEffect(() => {
    if (!whole) update();
  }, [whole, count]);

  useEffect(() => {
    if (whole) return;
    let frame = 0;
    const soon = (): void => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(update);
    };
    addEventListener("scroll", soon, { passive: true });
    addEventListener("resize", soon);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener("scroll", soon);
      removeEventListener("resize", soon);
    };
  }, [whole]);

  if (whole) return { first: 0, last: count, above: 0, below: 0 };
  const first = Math.min(range.first, Math.max(0, count - 1));
  const last = Math.min(count, Math.max(range.last, first + 1));
  return { first, last, above: first * range.row, below: (count - last) * range.row };
}
