// One job: everything that is known of it.
import { extra_rules, flags, is_stale } from "../../data/alerts";
import { useJob } from "../../data/jobs";
import { snapshot } from "../../data/snapshot";
import type { JobDetails, Summary } from "../../data/types";
import { Flags, Status } from "../../components/status";
import { Loading } from "../../components/panel";
import { job_link, link, route } from "../../routes";
import { text } from "../../strings";
import { FieldsTab } from "./fields";
import { LogsTab } from "./logs";
import { NowTab } from "./now";
import { RunsTab } from "./runs";

type Tab = "now" | "runs" | "logs" | "fields";
const tabs: Tab[] = ["now", "runs", "logs", "fields"];

function current_tab(): Tab {
  const wanted = route.value.query.get("tab") as Tab | null;
  return wanted && tabs.includes(wanted) ? wanted : "now";
}

function Tabs({ name }: { name: string }) {
  const here = current_tab();
  return (
    <nav class="tabs" aria-label={text.job.tabs}>
      {tabs.map((tab) => (
        <a key={tab} href={job_link(name, { tab: tab === "now" ? undefined : tab })} aria-current={tab === here ? "page" : undefined}>
          {text.job.sections[tab]}
        </a>
      ))}
    </nav>
  );
}

function Head({ summary }: { summary: Summary }) {
  const alerts = flags.value.get(summary.name);
  const repository = snapshot.value.repository;
  const file = repository && /^https?:\/\//i.test(repository) ? `${repository.replace(/\/$/, "")}/blob/HEAD/data/status/${encodeURIComponent(summary.name)}.json` : undefined;
  return (
    <header class="job-head">
      <p class="crumb">
        <a href={link("")}>{text.to_overview}</a>
        {summary.project && (
          <>
            {" / "}
            <a href={link("", { q: summary.project })}>{summary.project}</a>
          </>
        )}
      </p>
      <div class="job-title">
        <h1>{summary.name}</h1>
        <Status status={summary.status} stale={is_stale(summary.status, alerts)} />
        <Flags alerts={extra_rules(summary.status, alerts)} />
        <span class="job-links">
          <a href={`badge/${encodeURIComponent(summary.name)}.svg`}>{text.job.badge}</a>
          {file && (
            <a href={file} rel="noopener noreferrer">
              {text.job.status_file}
            </a>
          )}
        </span>
      </div>
      {summary.message && <p class="job-message">{summary.message}</p>}
    </header>
  );
}

function Content({ summary, details }: { summary: Summary; details: JobDetails }) {
  switch (current_tab()) {
    case "now":
      return <NowTab summary={summary} details={details} />;
    case "runs":
      return <RunsTab summary={summary} details={details} />;
    case "logs":
      return <LogsTab tails={details.tails ?? []} />;
    case "fields":
      return <FieldsTab fields={details.fields ?? {}} />;
  }
}

export function Job({ name }: { name: string }) {
  const { summary, details, missing } = useJob(name);
  if (!summary) {
    return missing ? (
      <p class="empty">
        {text.job.none} <a href={link("")}>{text.to_overview}</a>
      </p>
    ) : (
      <Loading state="loading" />
    );
  }
  return (
    <>
      <Head summary={summary} />
      <Tabs name={name} />
      {details ? <Content summary={summary} details={details} /> : <Loading state={missing ? "missing" : "loading"} />}
    </>
  );
}
