// Attacks in every field, names included: they are text, whatever they look like.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { file_url, open, serve, site, stop_browser, visit } from "./support.mjs";

after(stop_browser);

const hostile_names = ['"><img src=x onerror=window.stolen=1>', "<script>window.stolen=1<script>", "a%2Fb?c#d&e=f", "constructor"];

async function look_around(url) {
  const { page, close } = await open(url, { expected: ["ERR_FILE_NOT_FOUND", "404"] });
  const places = ["#/", "#/?group=project", "#/?sort=__proto__&group=constructor&status=%3Cb%3E", "#/alerts", "#/history", "#/logs", "#/health", "#/logs?log=../../x&line=1e9&q=%3Cimg%3E", "#/history?from=0&to=%3Cscript%3E&status=__proto__", "#/%E0%A4%A"];
  for (const name of hostile_names) for (const tab of ["", "?tab=runs", "?tab=logs", "?tab=fields"]) places.push(`#/job/${encodeURIComponent(name)}${tab}`);
  for (const place of places) {
    await visit(page, place);
    await page.clock.runFor(300);
    assert.equal(await page.getByText("This part of the page could not be drawn.").count(), 0, place);
  }
  for (const name of hostile_names) {
    await visit(page, `#/job/${encodeURIComponent(name)}`);
    await page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
    await page.getByRole("heading", { name: "Log entries" }).waitFor();
  }
  assert.equal(await page.locator("img, iframe, object, embed, form, base").count(), 0);
  assert.deepEqual(await page.locator("a").evaluateAll((links) => links.map((link) => link.protocol).filter((scheme) => !["http:", "https:", "file:"].includes(scheme))), []);
  assert.equal(await page.locator("script[src]").evaluateAll((scripts) => scripts.filter((script) => script.getAttribute("src") !== "app.js").length), 0);
  await close();
}

test("from a file", () => look_around(file_url(site("--jobs", "40", "--hostile", "--seed", "7"))));

test("from a static host", async () => {
  const server = await serve(site("--jobs", "40", "--hostile", "--seed", "8"));
  await look_around(server.url);
  await server.close();
});

test("without JavaScript", async () => {
  const { page, close } = await open(file_url(site("--jobs", "40", "--hostile", "--seed", "7")), { javaScriptEnabled: false });
  assert.equal(await page.locator("img, svg, iframe").count(), 0);
  assert.equal(await page.locator("table.jobs tbody tr").count(), 40);
  await close();
});

test("a page whose data is cut off or of another kind says so and stays up", async () => {
  for (const [broken, words] of [["{\"format\":1,", /could not be read/], ["{\"format\":99}", /could not be read/], ["[]", /no job/i]]) {
    const server = await serve(site("--jobs", "3"), (path, _, response) => {
      if (path !== "index.html") return false;
      response.writeHead(200, { "Content-Type": "text/html" }).end(`<!doctype html><link id="favicon" rel="icon" href="favicon.svg"><div id="app"></div><script type="application/json" id="snapshot">${broken}</script><script src="app.js"></script>`);
      return true;
    });
    const { page, close } = await open(server.url);
    await page.getByText(words).first().waitFor();
    await close();
    await server.close();
  }
});
