// For everybody: narrow screens, dark and light, forced colours, print, the keyboard alone, assistive technology.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { axe_source, file_url, open, overflow, site, stop_browser, visit } from "./support.mjs";

after(stop_browser);

const url = () => file_url(site("--jobs", "100", "--live"));
const places = ["#/", "#/?group=project&q=we", "#/job/weather_download", "#/job/weather_download?tab=runs", "#/job/weather_download?tab=logs&q=tile", "#/job/weather_download?tab=fields", "#/history", "#/history?job=weather_download&from=2026-02-01", "#/alerts", "#/logs", "#/health", "#/nowhere"];

// Waits until the page at `place` has what it shows in the end.
async function settle(page) {
  await page.waitForFunction(() => !document.querySelector(".loading") && !/^Reading day/m.test(document.body.innerText));
  await page.clock.runFor(200);
}

for (const colorScheme of ["light", "dark"]) {
  describe(`in ${colorScheme}`, () => {
    for (const place of places) {
      test(`axe finds nothing serious at ${place}`, async () => {
        const { page, close } = await open(url(), { colorScheme, bypassCSP: true, hash: place });
        await settle(page);
        await page.addScriptTag({ path: axe_source });
        // axe yields by timers, which stand still in a page whose clock is the test's.
        await page.clock.resume();
        const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], preload: false }));
        const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
        assert.deepEqual(serious.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 120)} ${node.failureSummary}`).join(" | ")}`), []);
        await close();
      });
    }
  });
}

test("stale and late pages keep their contrast", async () => {
  for (const clock of ["2026-03-11T02:00:00Z", "2026-03-15T00:00:00Z"]) {
    for (const colorScheme of ["light", "dark"]) {
      const { page, close } = await open(url(), { colorScheme, bypassCSP: true, clock });
      await page.addScriptTag({ path: axe_source });
      await page.clock.resume();
      const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["color-contrast"], preload: false }));
      assert.deepEqual(violations.flatMap(({ nodes }) => nodes.slice(0, 3).map((node) => node.html)), []);
      await close();
    }
  }
});

test("320 px: no page scrolls sideways", async () => {
  const { page, close } = await open(url(), { viewport: { width: 320, height: 640 } });
  for (const place of places) {
    await visit(page, place);
    await settle(page);
    assert.ok((await overflow(page)) <= 0, `${place} is too wide`);
  }
  await close();
});

test("dark and light follow the system, or the reader's choice", async () => {
  const { page, close } = await open(url(), { colorScheme: "dark" });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await page.getByRole("button", { name: "Appearance: As the system" }).click();
  assert.equal(await ground(), dark);
  await page.getByRole("button", { name: "Appearance: Dark" }).click();
  assert.notEqual(await ground(), dark);
  await page.reload();
  assert.notEqual(await ground(), dark);
  await close();
});

test("forced colours, reduced motion and print show the jobs", async () => {
  const { page, close } = await open(url(), { forcedColors: "active", reducedMotion: "reduce" });
  assert.ok(await page.locator(".status").first().isVisible());
  await page.emulateMedia({ media: "print", forcedColors: "none" });
  assert.equal(await page.locator("nav").first().isVisible(), false);
  assert.equal(await page.locator("table.jobs tbody tr").count(), 100);
  await close();
});

test("the keyboard alone: search, the list, open, help, leave", async () => {
  const { page, close } = await open(url());
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.type), "search");
  await page.keyboard.type("weather");
  await page.keyboard.press("Escape");
  assert.notEqual(await page.evaluate(() => document.activeElement.type), "search");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  const chosen = await page.evaluate(() => document.activeElement.textContent);
  assert.equal(chosen, await page.locator(".c-job a").first().textContent());
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: chosen }).waitFor();

  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog", { name: "Keyboard" }).waitFor({ state: "hidden" });
  await close();
});

test("single-key shortcuts can be turned off", async () => {
  const { page, close } = await open(url());
  await page.getByRole("contentinfo").getByRole("button", { name: "Settings" }).click();
  await page.getByRole("group", { name: "Single-key shortcuts" }).getByLabel("Off").check();
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await page.keyboard.press("/");
  assert.equal(await page.locator("dialog[open]").count(), 0);
  assert.notEqual(await page.evaluate(() => document.activeElement.type), "search");
  await close();
});

test("j goes through a list that is drawn in part", async () => {
  const { page, close } = await open(file_url(site("--jobs", "5000", "--detailed", "20")));
  await page.getByText(/^5,000 jobs$/).waitFor();
  await page.locator("table[data-virtual]").waitFor();
  for (let step = 0; step < 120; step += 1) {
    await page.keyboard.press("j");
    if (step % 10 === 0) await page.clock.runFor(50);
  }
  const row = await page.evaluate(() => Number(document.activeElement.closest("tr").getAttribute("aria-rowindex")));
  assert.equal(row, 121);
  await close();
});
