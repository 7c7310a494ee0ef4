// The frame around every page.
import { Component, type ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Announcer } from "./components/announcer";
import { Banner, DataAge } from "./components/banner";
import { Help, Settings } from "./components/dialogs";
import { firing_label, firing_unmuted } from "./data/alerts";
import { connection } from "./data/live";
import { failing_count, snapshot } from "./data/snapshot";
import { help_is_open, settings_are_open } from "./keyboard";
import { Alerts } from "./pages/alerts";
import { Health } from "./pages/health";
import { History } from "./pages/history";
import { Job } from "./pages/job";
import { Logs } from "./pages/logs";
import { Overview } from "./pages/overview";
import { preferences, type Theme } from "./preferences";
import { link, route, type PageName } from "./routes";
import { text } from "./strings";
import { zone_label } from "./time/zone";

const pages: PageName[] = ["overview", "alerts", "history", "logs", "health"];

function Navigation() {
  const here = route.value.page;
  const alerts = firing_unmuted.value.length;
  return (
    <nav aria-label={text.navigation}>
      {pages.map((page) => (
        <a key={page} href={link(page === "overview" ? "" : page)} aria-current={here === page || (here === "job" && page === "overview") ? "page" : undefined}>
          {text.pages[page]}
          {page === "alerts" && alerts > 0 && <span class="count">{firing_label.value}</span>}
        </a>
      ))}
    </nav>
  );
}

const next_theme: Record<Theme, Theme> = { auto: "dark", dark: "light", light: "auto" };
const theme_sign: Record<Theme, string> = { auto: "◐", dark: "●", light: "○" };

function Tools() {
  const theme = preferences.theme.value;
  const paused = preferences.refresh.value === "off";
  const state = text.connection[connection.value];
  return (
    <div class="tools">
      <DataAge />
      {state && (
        <span class="connection" data-connection={connection.value}>
          {state}
        </span>
      )}
      <button type="button" class="quiet" aria-pressed={paused} aria-label={paused ? text.resume : text.pause} title={paused ? text.resume : text.pause} onClick={() => (preferences.refresh.value = paused ? "on" : "off")}>
        <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
          <path d={paused ? "M3 1.5v9l7-4.5z" : "M2.5 2h2.3v8H2.5zM7.2 2h2.3v8H7.2z"} fill="currentColor" />
        </svg>
      </button>
      <button type="button" class="quiet" title={text.settings.switch_theme(text.settings.themes[theme]!)} aria-label={text.settings.switch_theme(text.settings.themes[theme]!)} onClick={() => (preferences.theme.value = next_theme[theme])}>
        <span aria-hidden="true">{theme_sign[theme]}</span>
      </button>
      <button type="button" class="quiet zone-button" title={text.settings.times_in(zone_label.value)} onClick={() => (settings_are_open.value = true)}>
        <span class="hidden">{text.settings.title}: </span>
        {zone_label.value}
      </button>
      <button type="button" class="quiet help-button" aria-label={text.help.title} title={`${text.help.title} (?)`} onClick={() => (help_is_open.value = true)}>
        <span aria-hidden="true">?</span>
      </button>
    </div>
  );
}

function Page() {
  const { page, job } = route.value;
  switch (page) {
    case "overview":
      return <Overview />;
    case "job":
      return <Job key={job} name={job} />;
    case "history":
      return <History />;
    case "alerts":
      return <Alerts />;
    case "logs":
      return <Logs />;
    case "health":
      return <Health />;
    case "unknown":
      return (
        <p class="empty">
          {text.unknown_page} <a href={link("")}>{text.to_overview}</a>
        </p>
      );
  }
}

// One part that trips over odd data leaves the rest of the page alive.
class Guard extends Component<{ children: ComponentChildren }, { failed: boolean }> {
  override state = { failed: false };

  override componentDidCatch(): void {
    this.setState({ failed: true });
  }

  override render() {
    return this.state.failed ? <p class="notice">{text.broken}</p> : this.props.children;
  }
}

// A link to the repository, when it is one to the web: the address comes from a file.
function Footer() {
  const { repository } = snapshot.value;
  const known = repository && /^https?:\/\//i.test(repository);
  return (
    <footer>
      {known && (
        <a href={repository} rel="noopener noreferrer">
          {text.repository}
        </a>
      )}
      <a href="feed.xml">{text.feed}</a>
      <button type="button" class="link" onClick={() => (settings_are_open.value = true)}>
        {text.settings.title}
      </button>
      <button type="button" class="link" onClick={() => (help_is_open.value = true)}>
        {text.help.title}
      </button>
    </footer>
  );
}

function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("content")?.focus();
}

// A reader who does not see that the page has changed is brought to it; not on the first, where nothing changed.
function useFocusOnChange(place: string): void {
  const before = useRef(place);
  useEffect(() => {
    if (before.current !== place) document.getElementById("content")?.focus({ preventScroll: true });
    before.current = place;
  }, [place]);
}

export function App() {
  const { page, job } = route.value;
  useFocusOnChange(`${page}/${job}`);
  return (
    <>
      <a class="skip" href="#content" onClick={skip}>
        {text.skip}
      </a>
      <header class="top">
        <a class="brand" href={link("")}>
          <span class="lamp" data-failing={failing_count.value > 0 ? "" : undefined} aria-hidden="true" />
          {snapshot.value.title}
        </a>
        <Navigation />
        <Tools />
      </header>
      <Banner />
      <main class="page" id="content" tabIndex={-1}>
        <Guard key={`${page}/${job}`}>
          <Page />
        </Guard>
      </main>
      <Footer />
      <Announcer />
      <Help />
      <Settings />
    </>
  );
}
