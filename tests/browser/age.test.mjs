// The reader's clock against the data's: what is stale is never shown as good.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { file_url, names, open, serve, site, stop_browser } from "./support.mjs";

after(stop_browser);

const hour = 3600;
const expected = 6 * hour;
const url = () => file_url(site("--jobs", "100", "--expected", String(expected)));

async function good_color(page) {
  return page.locator('td.c-status .status[data-status="completed"]:not([data-stale])').first().evaluate((element) => {
    const [red, green, blue] = getComputedStyle(element).color.match(/[\d.]+/g).map(Number);
    return { green: green > red * 1.5 && green > blue * 1.2 };
  });
}

test("amber at twice the expected time, red at four times, while the page stays open", async () => {
  const { page, close } = await open(url());
  const banner = page.locator(".banner");
  const level = () => page.evaluate(() => document.documentElement.dataset.freshness);
  assert.equal(await banner.count(), 0);
  assert.deepEqual(await good_color(page), { green: true });

  await page.clock.fastForward((2 * expected - 120) * 1000);
  assert.equal(await level(), "fresh");
  await page.clock.fastForward(90 * 1000);
  await page.clock.runFor(1500);
  assert.equal(await level(), "late");
  assert.match(await banner.textContent(), /The data is 12 h old; it should be renewed every 6 h/);
  assert.match(await page.getByRole("status").textContent(), /The data is 12 h old/);
  assert.deepEqual(await good_color(page), { green: false });
  assert.doesNotMatch(decodeURIComponent(await page.locator("#favicon").getAttribute("href")), /#4cc38a/);

  await page.clock.fastForward(2 * expected * 1000);
  await page.clock.runFor(1500);
  assert.equal(await level(), "stale");
  assert.match(await banner.textContent(), /Nothing here says how the jobs are now/);
  assert.deepEqual(await good_color(page), { green: false });
  await close();
});

test("opened long after, it is red at once", async () => {
  const { page, close } = await open(url(), { clock: "2026-04-05T12:00:00Z" });
  assert.match(await page.locator(".banner").textContent(), /The data is 26 d old/);
  await close();
});

test("a clock behind the data's is named", async () => {
  const { page, close } = await open(url(), { clock: "2026-03-10T10:00:00Z" });
  assert.match(await page.locator(".banner").textContent(), /This computer's clock is 1 h behind the data/);
  await close();
});

test("an alert fires when its time comes: a running job goes silent and moves up", async () => {
  const { page, close } = await open(url());
  const silent = page.getByRole("button", { name: /^Silent/ });
  assert.equal(await silent.count(), 0);
  await page.clock.fastForward(25 * hour * 1000);
  await page.clock.runFor(1500);
  await silent.waitFor();
  await silent.click();
  assert.ok((await names(page)).length > 0);
  assert.ok(await page.locator("tr[data-stale] .status[data-stale]").first().isVisible());
  await close();
});

test("a page of a static host sees news without being loaded again, unless it is paused", async () => {
  const news = { generated_at: "2026-03-10T12:05:00.000Z", format: 1, title: "news", counts: { failed: 7 }, jobs: [], total: 0, buckets: 0, alerts: [], hosts: [] };
  let asked = 0;
  const server = await serve(site("--jobs", "3", "--expected", "600"), (path, _, response) => {
    if (path !== "data/snapshot.js") return false;
    asked += 1;
    response.writeHead(200, { "Content-Type": "text/javascript" }).end(`signalboxShard("data/snapshot.js",${JSON.stringify(news)});`);
    return true;
  });
  const { page, close } = await open(server.url);
  await page.getByRole("button", { name: "Pause refreshing" }).click();
  await page.clock.runFor(700_000);
  assert.equal(asked, 0);
  assert.equal(await page.title(), "(1 failing) monitor");
  await page.getByRole("button", { name: "Go on refreshing" }).click();
  await page.clock.runFor(310_000);
  await page.waitForFunction(() => document.title === "(7 failing) news");
  await close();
  await server.close();
});
