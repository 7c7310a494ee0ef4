// What every test of the page needs: sample sites, servers, a browser, and an eye on what it must not do.
//
// A page is watched from its first byte: a request that leaves the site, a violation of the page's policy, an error in
// the console or a script of an attacker that ran (window.stolen) fails the test that opened it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createReadStream, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
export const web = join(here, "..", "..", "web");
const require = createRequire(join(web, "package.json"));
const { chromium } = require("playwright-core");
export const axe_source = require.resolve("axe-core/axe.min.js");

// The time of all sample sites, and of the browser that looks at them.
export const now = "2026-03-10T12:00:00Z";

const scratch = mkdtempSync(join(tmpdir(), "signalbox-site-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
const sites = new Map();

// The directory of a sample site, made once for the same options.
export function site(...options) {
  const key = options.join(" ");
  if (!sites.has(key)) {
    const directory = join(scratch, `site ${sites.size}`); // a space: addresses must be encoded
    execFileSync("python3", [join(here, "sample_site.py"), "--out", directory, "--now", now, ...options]);
    sites.set(key, directory);
  }
  return sites.get(key);
}

const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".xml": "application/xml" };

const servers = new Set();

function stop_server(server) {
  servers.delete(server);
  return new Promise((done) => server.close(done) && server.closeAllConnections());
}

// A plain static server that has the site below /some/path/. `api(request, response)` answers what it wants, by true.
export async function serve(directory, api = () => false) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const prefix = "/some/path/";
    if (!pathname.startsWith(prefix)) return void response.writeHead(404).end();
    const path = decodeURIComponent(pathname.slice(prefix.length)) || "index.html";
    if (api(path, request, response)) return;
    const file = join(directory, normalize(path));
    if (!file.startsWith(directory) || !existsSync(file) || !statSync(file).isFile()) return void response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": types[extname(file)] ?? "application/octet-stream" });
    createReadStream(file).pipe(response);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  servers.add(server);
  return { url: `http://127.0.0.1:${server.address().port}/some/path/index.html`, close: () => stop_server(server) };
}

export function file_url(directory) {
  return pathToFileURL(join(directory, "index.html")).href;
}

let browser;

export async function start_browser() {
  browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  return browser;
}

// And the servers of tests that failed, for which the run would wait else.
export async function stop_browser() {
  for (const server of servers) await stop_server(server);
  await browser?.close();
  browser = undefined;
}

// A page at `url`, whose clock shows `clock`. `expected` names console errors that belong to the test.
export async function open(url, { clock = now, expected = [], hash = "", ...context_options } = {}) {
  const context = await (await start_browser()).newContext({ viewport: { width: 1280, height: 800 }, timezoneId: "Europe/Berlin", ...context_options });
  const page = await context.newPage();
  const origin = url.slice(0, url.lastIndexOf("/") + 1);
  const faults = [];
  page.on("request", (request) => {
    const to = request.url();
    if (!to.startsWith(origin) && !to.startsWith("data:") && !to.startsWith("blob:")) faults.push(`request to ${to}`);
  });
  page.on("console", (message) => {
    if (message.type() === "error" && !expected.some((text) => message.text().includes(text))) faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`exception: ${error.message}`));
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  if (context_options.javaScriptEnabled !== false) {
    await page.clock.install({ time: new Date(clock) });
    await page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
    });
  }
  await page.goto(url + hash);
  return {
    page,
    // To be called at the end of each test.
    async close() {
      const stolen = context_options.javaScriptEnabled === false ? undefined : await page.evaluate(() => window.stolen);
      await context.close();
      assert.equal(stolen, undefined, "a script from the data ran");
      assert.deepEqual(faults, []);
    },
  };
}

// Goes to another place of the same page, as a link does.
export async function visit(page, hash) {
  await page.evaluate((to) => (location.hash = to), hash);
}

export async function names(page) {
  return page.locator("table.jobs tbody tr[aria-rowindex] .c-job a").allTextContents();
}

export async function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
