// A chart of values over time. It is drawn when it comes near the screen, and told in a sentence for those who do not see it.
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { is_dark } from "../preferences";
import { text } from "../strings";
import { format_short } from "../time/format";
import { format_minute, zone } from "../time/zone";

export interface Series {
  label: string;
  values: (number | null)[];
  color: string; // a custom property of the style sheet: "--active"
  kind?: "line" | "points" | "bars" | "level"; // a level is a dashed line
}

// `times` tells whether there is something new to draw: it must be another array then, and the same one else.
export interface ChartProps {
  title: string;
  times: number[]; // seconds since 1970, rising
  series: Series[];
  format: (value: number) => string;
  durations?: boolean; // the values are seconds
  days?: boolean; // the times are days of UTC
  range?: [number | null, number | null];
}

const height = 150;
const day = 86_400;
const duration_steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, day, 2 * day, 5 * day, 10 * day, 30 * day, 100 * day];

// What a custom property is in the present theme: a canvas does not know var() and light-dark().
function color_of(element: HTMLElement, property: string): string {
  element.style.setProperty("color", `var(${property})`);
  const color = getComputedStyle(element).color;
  element.style.removeProperty("color");
  return color;
}

function with_opacity(color: string, opacity: number): string {
  return color.replace(/^rgba?\(([^),]+),([^),]+),([^),]+).*$/, `rgba($1,$2,$3,${opacity})`);
}

function day_text(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

function time_text(seconds: number, days: boolean | undefined): string {
  return days ? day_text(seconds) : format_minute(seconds * 1000);
}

function axis_time(values: number[], days: boolean | undefined): string[] {
  const span = (values[values.length - 1] ?? 0) - (values[0] ?? 0);
  return values.map((value) => (days ? day_text(value).slice(5) : format_minute(value * 1000).slice(span > 86_400 * 2 ? 5 : 11, span > 86_400 * 2 ? 10 : 16)));
}

function drawn(series: Series, color: string): uPlot.Series {
  const base: uPlot.Series = { label: series.label, stroke: color, width: 1.5, points: { show: false } };
  switch (series.kind) {
    case "points":
      return { ...base, paths: () => null, points: { show: true, size: 5, width: 0, fill: color } };
    case "bars":
      return { ...base, width: 0, fill: with_opacity(color, 0.75), paths: uPlot.paths.bars!({ size: [0.75, 24], radius: 0.15 }) };
    case "level":
      return { ...base, width: 1, dash: [4, 4] };
    default:
      return { ...base, fill: with_opacity(color, 0.1) };
  }
}

function options(host: HTMLElement, props: ChartProps, on_cursor: (index: number | null | undefined) => void): uPlot.Options {
  const grid = { stroke: color_of(host, "--line"), width: 1 };
  const axis = { stroke: color_of(host, "--muted"), font: "11px system-ui, sans-serif", grid, ticks: { ...grid, size: 4 } };
  const bars = props.series.some((series) => series.kind === "bars");
  const step = (props.times[1] ?? 0) - (props.times[0] ?? 0); // bars stand at equal distances
  return {
    width: Math.max(200, host.clientWidth),
    height,
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
    scales: {
      x: { time: true, range: (_, low, high) => (bars ? [low - step / 2, high + step / 2] : [low, high]) },
      y: { range: (_, low, high) => [props.range?.[0] ?? Math.min(0, low ?? 0), props.range?.[1] ?? (high > 0 ? high * 1.08 : 1)] },
    },
    axes: [
      { ...axis, space: 64, size: 28, values: (_, values) => axis_time(values, props.days) },
      {
        ...axis,
        size: 58,
        space: 32,
        ...(props.durations ? { incrs: duration_steps } : {}),
        values: (_, values) => values.map(props.durations ? format_short : props.format),
      },
    ],
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), props.days ? "Etc/UTC" : zone.peek()),
    series: [{}, ...props.series.map((series) => drawn(series, color_of(host, series.color)))],
    hooks: { setCursor: [(plot) => on_cursor(plot.cursor.idx)] },
  };
}

function reading(props: ChartProps, index: number): string {
  const values = props.series.map((series) => {
    const value = series.values[index];
    if (value === null || value === undefined) return "";
    return props.series.length > 1 ? `${series.label} ${props.format(value)}` : props.format(value);
  });
  return [time_text(props.times[index]!, props.days), ...values].filter(Boolean).join("  ·  ");
}

function summary(props: ChartProps): string {
  const main = props.series[0]!;
  const values = main.values.filter((value): value is number => value !== null);
  if (values.length === 0) return props.title;
  const lowest = values.reduce((a, b) => Math.min(a, b));
  const highest = values.reduce((a, b) => Math.max(a, b));
  const [first, last] = [props.times[0]!, props.times[props.times.length - 1]!];
  return text.chart.summary(props.title, time_text(first, props.days), time_text(last, props.days), props.format(lowest), props.format(highest), props.format(values[values.length - 1]!));
}

function useNear(): [(element: HTMLElement | null) => void, boolean] {
  const [near, set_near] = useState(false);
  const observer = useRef<IntersectionObserver | undefined>(undefined);
  const watch = (element: HTMLElement | null): void => {
    if (!element || near || observer.current) return;
    observer.current = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        observer.current?.disconnect();
        set_near(true);
      },
      { rootMargin: "300px" },
    );
    observer.current.observe(element);
  };
  return [watch, near];
}

export function Chart(props: ChartProps) {
  const [watch, near] = useNear();
  const host = useRef<HTMLDivElement>(null);
  const readout = useRef<HTMLSpanElement>(null);
  const dark = is_dark();
  const zone_now = zone.value;

  useEffect(() => {
    const element = host.current;
    if (!near || !element || props.times.length === 0) return;
    const show = (index: number | null | undefined): void => {
      if (readout.current) readout.current.textContent = index === null || index === undefined ? "" : reading(props, index);
    };
    const plot = new uPlot(options(element, props, show), [props.times, ...props.series.map((series) => series.values)] as uPlot.AlignedData, element);
    const resize = new ResizeObserver(() => plot.setSize({ width: Math.max(200, element.clientWidth), height }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      plot.destroy();
    };
  }, [near, dark, zone_now, props.times, props.title]);

  return (
    <figure class="chart" ref={watch}>
      <figcaption>
        <span>{props.title}</span>
        <span class="readout muted" ref={readout} />
      </figcaption>
      <div class="plot" role="img" aria-label={summary(props)} ref={host} />
    </figure>
  );
}
