// Help and settings.
import { useSignal, type Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { help_is_open, settings_are_open } from "../keyboard";
import { preferences, type Switch, type Theme } from "../preferences";
import { text } from "../strings";
import { is_zone, zone } from "../time/zone";
import { Status } from "./status";

function Dialog({ open, title, children }: { open: Signal<boolean>; title: string; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const is_open = open.value;
  useEffect(() => {
    if (is_open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [is_open]);
  return (
    <dialog ref={dialog} aria-label={title} onClose={() => (open.value = false)} onClick={(event) => event.target === dialog.current && dialog.current?.close()}>
      {is_open && (
        <div class="dialog-body">
          <header>
            <h2>{title}</h2>
            <button type="button" class="quiet" aria-label={text.close} onClick={() => (open.value = false)}>
              ✕
            </button>
          </header>
          {children}
        </div>
      )}
    </dialog>
  );
}

function Choice<T extends string>({ name, legend, options, chosen }: { name: string; legend: string; options: [T, string][]; chosen: Signal<T> }) {
  return (
    <fieldset class="choice">
      <legend>{legend}</legend>
      {options.map(([value, label]) => (
        <label key={value}>
          <input type="radio" name={name} checked={chosen.value === value} onChange={() => (chosen.value = value)} />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}

const switches: [Switch, string][] = [
  ["on", text.settings.on],
  ["off", text.settings.off],
];

function zone_names(): string[] {
  const supported = (Intl as { supportedValuesOf?: (key: string) => string[] }).supportedValuesOf;
  return supported ? supported("timeZone") : [];
}

function ZoneChoice() {
  const chosen = preferences.zone.value;
  const other = chosen !== "UTC" && chosen !== "browser";
  const typed = useSignal(other ? chosen : "");
  const wrong = typed.value !== "" && !is_zone(typed.value);
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <fieldset class="choice">
      <legend>{text.settings.zone}</legend>
      <label>
        <input type="radio" name="zone" checked={chosen === "browser"} onChange={() => (preferences.zone.value = "browser")} />
        <span>{text.settings.zone_browser(own)}</span>
      </label>
      <label>
        <input type="radio" name="zone" checked={chosen === "UTC"} onChange={() => (preferences.zone.value = "UTC")} />
        <span>UTC</span>
      </label>
      <label>
        <input type="radio" name="zone" checked={other} onChange={() => (preferences.zone.value = is_zone(typed.value) ? typed.value : zone.value)} />
        <span>{text.settings.zone_other}</span>
      </label>
      <input
        type="text"
        class="zone"
        list="zones"
        maxLength={60}
        placeholder={text.settings.zone_hint}
        aria-label={text.settings.zone_name}
        aria-invalid={wrong}
        value={typed.value}
        onInput={(event) => {
          typed.value = event.currentTarget.value.trim();
          if (is_zone(typed.value)) preferences.zone.value = typed.value;
        }}
      />
      <datalist id="zones">
        {zone_names().map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {wrong && <p class="wrong">{text.settings.zone_wrong}</p>}
    </fieldset>
  );
}

export function Settings() {
  const themes = Object.entries(text.settings.themes) as [Theme, string][];
  return (
    <Dialog open={settings_are_open} title={text.settings.title}>
      <Choice name="theme" legend={text.settings.theme} options={themes} chosen={preferences.theme} />
      <ZoneChoice />
      <Choice name="refresh" legend={text.settings.refresh} options={switches} chosen={preferences.refresh} />
      <Choice name="shortcuts" legend={text.settings.shortcuts} options={switches} chosen={preferences.shortcuts} />
    </Dialog>
  );
}

export function Help() {
  return (
    <Dialog open={help_is_open} title={text.help.title}>
      {preferences.shortcuts.value === "off" && <p class="notice">{text.help.off}</p>}
      <dl class="keys">
        {text.help.keys.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <h3>{text.help.shapes}</h3>
      <p class="shapes">
        {[...Object.keys(text.statuses), "…"].map((status) => (
          <Status key={status} status={status} />
        ))}
      </p>
    </Dialog>
  );
}
