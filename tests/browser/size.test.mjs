// What the first view costs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { file_url, site, start_browser, stop_browser } from "./support.mjs";

after(stop_browser);

test("the first view of 300 jobs is at most 150 kB", (t) => {
  const directory = site("--jobs", "300", "--detailed", "0", "--days", "5");
  const sizes = ["index.html", "app.js", "app.css"].map((name) => [name, gzipSync(readFileSync(join(directory, name))).length]);
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  t.diagnostic(`${sizes.map(([name, size]) => `${name} ${size}`).join(", ")}: ${total} bytes gzipped`);
  assert.ok(total <= 150_000);
});

test("time to the first table at 5,000 jobs", async (t) => {
  const url = file_url(site("--jobs", "5000", "--detailed", "20"));
  const page = await (await start_browser()).newPage();
  await page.addInitScript(() => {
    new MutationObserver(() => {
      if (!window.first_table && document.querySelector("table.jobs[role=table] tbody tr")) window.first_table = performance.now();
    }).observe(document, { childList: true, subtree: true });
  });
  await page.goto(url);
  await page.getByText(/^5,000 jobs$/).waitFor();
  const [first, all] = await page.evaluate(() => [window.first_table, performance.now()]);
  const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
  t.diagnostic(`first paint (table of the file) ${Math.round(paint)} ms, table of the program ${Math.round(first)} ms, all 5,000 jobs ${Math.round(all)} ms`);
  assert.ok(first > 0);
  await page.close();
});
