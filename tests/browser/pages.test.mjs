// A job's page, the history, the alerts, the logs and the health of the sync.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { file_url, open, site, stop_browser, visit } from "./support.mjs";

after(stop_browser);

const url = () => file_url(site("--jobs", "100"));
const job = "weather_download";

test("a job's page tells everything of it, each part by a link", async () => {
  const { page, close } = await open(url(), { hash: `#/job/${job}` });
  await page.getByRole("heading", { level: 1, name: job }).waitFor();
  for (const part of ["Last run", "Log entries", "Over the run", "Configuration", "Metrics", "Fired before"]) {
    await page.getByRole("heading", { name: part, exact: true }).waitFor();
  }
  assert.match(await page.title(), new RegExp(`^\\(\\d+ failing\\) ${job} · monitor$`));
  await page.locator(".u-wrap canvas").first().waitFor();
  assert.match(await page.getByRole("img", { name: /^CPU/ }).getAttribute("aria-label"), /lowest .* highest .* last/);

  await page.getByRole("link", { name: "Runs", exact: true }).click();
  await page.getByRole("heading", { name: "Run history" }).waitFor();
  assert.ok((await page.locator(".run-grid rect").count()) > 20);
  assert.match(await page.locator(".figure").first().textContent(), /7 days.*%/);
  await page.getByRole("button", { name: "Show more" }).click();

  await page.getByRole("link", { name: "All fields" }).click();
  assert.equal(await page.evaluate(() => location.hash), `#/job/${job}?tab=fields`);
  assert.match(await page.getByRole("row", { name: /config\.nested\.learning_rate/ }).textContent(), /0\.001/);
  await page.goBack();
  await page.getByRole("heading", { name: "Run history" }).waitFor();
  await close();
});

test("charts are drawn when they come near the screen", async () => {
  const { page, close } = await open(url(), { hash: `#/job/${job}`, viewport: { width: 500, height: 300 } });
  await page.getByRole("heading", { name: "Over the run" }).waitFor();
  assert.equal(await page.locator(".u-wrap").count(), 0);
  await page.getByRole("heading", { name: "Over the run" }).scrollIntoViewIfNeeded();
  await page.locator(".u-wrap").first().waitFor();
  await close();
});

test("a job that nobody reported is told as such", async () => {
  const { page, close } = await open(url(), { hash: "#/job/no%2Fsuch%20job", expected: ["ERR_FILE_NOT_FOUND"] });
  await page.getByText("No job of this name has reported.").waitFor();
  await visit(page, "#/nowhere");
  await page.getByText("There is no such page.").waitFor();
  await close();
});

test("a log has searches, links to lines, and a way from error to error", async () => {
  const { page, close } = await open(url(), { hash: `#/job/${job}?tab=logs` });
  await page.locator(".line").first().waitFor();
  assert.equal(await page.locator(".line").count(), 500);
  await page.getByRole("button", { name: "Show 400 earlier lines" }).click();
  assert.equal(await page.locator(".line").count(), 900);

  await page.getByRole("searchbox", { name: "Find in this log" }).fill("cache hit");
  assert.ok((await page.locator("mark").count()) > 10);
  await page.getByRole("button", { name: "Next match" }).click();
  assert.match(await page.locator(".line[aria-current]").textContent(), /cache hit/);

  await page.getByRole("button", { name: /^Next error/ }).click();
  const first = await page.locator(".line[aria-current]").getAttribute("id");
  assert.match(await page.locator(".line[aria-current]").textContent(), /ERROR/);
  await page.locator("body").press("e");
  assert.notEqual(await page.locator(".line[aria-current]").getAttribute("id"), first);

  const hash = await page.evaluate(() => location.hash);
  await page.reload();
  await page.locator(".line[aria-current]").waitFor();
  assert.equal(await page.evaluate(() => location.hash), hash);
  assert.ok(await page.locator(".line[aria-current]").isVisible());

  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download" }).click()]);
  assert.equal(readFileSync(await download.path(), "utf8").trimEnd().split("\n").length, 900);
  await close();
});

test("collected logs are found and opened", async () => {
  const { page, close } = await open(url(), { hash: "#/logs" });
  await page.getByRole("searchbox").fill(job);
  await page.waitForFunction(() => document.querySelectorAll("table.logs tbody tr").length === 4);
  await page.getByRole("link", { name: /slurm-.*\.out/ }).first().click();
  await page.locator(".line").first().waitFor();
  await page.getByRole("link", { name: "All logs" }).click();
  await page.locator("table.logs").waitFor();
  await close();
});

test("the history filters by days, job and result, and is downloaded as shown", async () => {
  const { page, close } = await open(url(), { hash: "#/history" });
  await page.getByRole("heading", { name: "Timeline" }).waitFor();
  const count = page.locator(".run-count");
  await count.getByText(/^[\d,]+ runs$/).waitFor();
  const all = await count.textContent();

  await page.getByRole("combobox", { name: "Result" }).selectOption("failed");
  await count.getByText(all, { exact: true }).waitFor({ state: "detached" });
  await page.getByRole("combobox", { name: "Job" }).fill(job);
  await page.waitForFunction((name) => location.hash.includes(`job=${name}`), job);
  await page.getByRole("button", { name: "30 days" }).click();
  assert.match(await page.evaluate(() => location.hash), /from=2026-02-09/);

  const [csv] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download CSV" }).click()]);
  const lines = readFileSync(await csv.path(), "utf8").trimEnd().split("\r\n");
  assert.match(lines[0], /^job,run_id,status,start,/);
  assert.ok(lines.length > 1 && lines.slice(1).every((line) => line.startsWith(`${job},`) && line.includes(",failed,")));
  const [json] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download JSON" }).click()]);
  assert.equal(JSON.parse(readFileSync(await json.path(), "utf8")).runs.length, lines.length - 1);

  await page.getByRole("button", { name: "Clear filters" }).click();
  assert.equal(await page.evaluate(() => location.hash), "#/history");
  await page.locator(".calendar .day[data-level]").first().click();
  await page.waitForFunction(() => /from=(\S+)&to=\1/.test(location.hash));
  await page.goBack();
  await page.waitForFunction(() => location.hash === "#/history");
  await close();
});

test("alerts: what fires, what is next, what was, and what follows from another", async () => {
  const { page, close } = await open(url(), { hash: "#/alerts" });
  await page.getByRole("heading", { name: "Firing now" }).waitFor();
  const firing = page.locator("section[aria-label='Firing now']");
  await firing.getByText("Unpublished", { exact: true }).waitFor();
  assert.ok(await firing.getByText("→").or(firing.locator(".advice")).first().isVisible());
  assert.equal(await firing.getByText("follows from Unpublished").isVisible(), false);
  await firing.getByText("1 alert that follows from another").click();
  assert.equal(await firing.getByText("follows from Unpublished").isVisible(), true);
  await page.getByRole("heading", { name: "Next, unless a report comes" }).waitFor();
  assert.ok((await page.locator("section[aria-label='Fired before'] tbody tr").count()) > 0);
  await page.getByRole("button", { name: "Medium" }).click();
  assert.equal(await page.evaluate(() => location.hash), "#/alerts?severity=medium");
  assert.ok((await firing.locator(".alert[data-severity=high]").count()) === 0);
  await close();
});

test("the health of each clone, the worst first", async () => {
  const { page, close } = await open(url(), { hash: "#/health" });
  const rows = page.locator("section[aria-label=Clones] tbody tr");
  assert.match(await rows.nth(0).textContent(), /^Failing.*unreachable/);
  assert.match(await rows.nth(1).textContent(), /^Has set aside/);
  await page.getByText(/by signalbox serve on that clone/).waitFor();
  await close();
});
