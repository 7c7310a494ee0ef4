// Pictures of a site's pages: screenshots.mjs DIRECTORY_OF_SITE OUT [JOB]. Each page light and dark, wide and narrow.
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { file_url, start_browser, stop_browser } from "./support.mjs";

const [from, out, job] = process.argv.slice(2);
if (!from || !out) throw new Error("usage: screenshots.mjs DIRECTORY_OF_SITE OUT [JOB]");
mkdirSync(out, { recursive: true });

const pages = { overview: "#/", history: "#/history", alerts: "#/alerts", logs: "#/logs", health: "#/health" };
if (job) Object.assign(pages, { job: `#/job/${encodeURIComponent(job)}`, runs: `#/job/${encodeURIComponent(job)}?tab=runs` });
const sizes = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 780 } };

const browser = await start_browser();
for (const colorScheme of ["light", "dark"]) {
  for (const [size, viewport] of Object.entries(sizes)) {
    const page = await browser.newPage({ viewport, colorScheme, reducedMotion: "reduce" });
    for (const [name, hash] of Object.entries(pages)) {
      await page.goto(file_url(resolve(from)) + hash);
      await page.waitForFunction(() => !document.querySelector(".loading"));
      await page.waitForTimeout(700); // charts are drawn when they come near the screen
      await page.screenshot({ path: join(out, `${name}-${size}-${colorScheme}.png`) });
    }
    await page.close();
  }
}
await stop_browser();
