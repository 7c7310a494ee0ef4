// A page from `serve`: what changes is on the screen at once, and what was missed is caught up with.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { open, serve, site, stop_browser } from "./support.mjs";

after(stop_browser);

function shard_of(directory, path) {
  return JSON.parse(/^signalboxShard\("[^"]*",(.*)\);\s*$/s.exec(readFileSync(join(directory, path), "utf8"))[1]);
}

// A stand-in for `serve`: the files of a site, its stream and its snapshot, which the test may change.
async function live_server() {
  const directory = site("--jobs", "100", "--live");
  const state = { snapshot: shard_of(directory, "data/snapshot.js"), details: undefined, streams: new Set(), snapshots_read: 0, shards: [] };
  const server = await serve(directory, (path, request, response) => {
    if (path === "api/v1/stream") {
      response.writeHead(200, { "Content-Type": "text/event-stream" }).write("event: alive\ndata: {}\n\n");
      state.streams.add(response);
      request.on("close", () => state.streams.delete(response));
      return true;
    }
    if (path === "api/v1/snapshot") {
      state.snapshots_read += 1;
      response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(state.snapshot));
      return true;
    }
    if (path.startsWith("data/job/")) {
      state.shards.push(request.url);
      if (state.details) {
        response.writeHead(200, { "Content-Type": "text/javascript" }).end(`signalboxShard(${JSON.stringify(path)},${JSON.stringify(state.details)});`);
        return true;
      }
    }
    return false;
  });
  const change = (time, paths) => {
    for (const stream of state.streams) stream.write(`event: changed\ndata: ${JSON.stringify({ generated_at: time, paths })}\n\n`);
  };
  return { ...server, directory, state, change };
}

test("a change of state is shown, announced and counted", async () => {
  const server = await live_server();
  const { page, close } = await open(server.url);
  await page.getByText("Live", { exact: true }).waitFor();
  const job = server.state.snapshot.jobs.find((one) => one.status === "completed");
  job.status = "failed";
  server.state.snapshot.counts.failed += 1;
  server.change("2026-03-10T12:00:01Z", ["index.html", `data/job/${job.name}.js`]);
  await page.getByRole("status").getByText(`${job.name}: Failed`).waitFor({ state: "attached" });
  await page.locator("tr[data-status=failed]", { hasText: job.name }).first().waitFor();
  assert.equal(server.state.shards.length, 0, "a file that nobody looks at is not read");
  await close();
  await server.close();
});

test("the page of a job reads its file again, with the data's time in the address", async () => {
  const server = await live_server();
  const name = "weather_download";
  const { page, close } = await open(server.url, { hash: `#/job/${name}?tab=fields` });
  await page.getByRole("heading", { name: "Every field of the status file" }).waitFor();
  server.state.details = shard_of(server.directory, `data/job/${name}.js`);
  server.state.details.fields.brand_new = "just now";
  server.change("2026-03-10T12:00:02Z", [`data/job/${name}.js`]);
  await page.getByRole("row", { name: "brand_new just now" }).waitFor();
  assert.ok(server.state.shards.some((url) => url.endsWith(`${name}.js?v=2026-03-10T12%3A00%3A02Z`)), String(server.state.shards));
  await close();
  await server.close();
});

test("a pause closes the stream, and what was missed is read when it ends", async () => {
  const server = await live_server();
  const { page, close } = await open(server.url);
  await page.getByText("Live", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Pause refreshing" }).click();
  await page.getByText("Paused", { exact: true }).waitFor();
  server.state.snapshot.title = "while you were away";
  const read = server.state.snapshots_read;
  await page.getByRole("button", { name: "Go on refreshing" }).click();
  await page.getByRole("link", { name: "while you were away" }).waitFor();
  assert.ok(server.state.snapshots_read > read);
  await close();
  await server.close();
});

test("a server that goes away is told, and found again", async () => {
  const server = await live_server();
  const { page, close } = await open(server.url, { expected: ["ERR_"] });
  await page.getByText("Live", { exact: true }).waitFor();
  server.state.snapshot.title = "back again";
  for (const stream of server.state.streams) stream.destroy();
  await page.getByText(/Connection lost/).waitFor();
  await page.clock.runFor(60_000);
  await page.getByText("Live", { exact: true }).waitFor({ timeout: 15_000 });
  await page.getByRole("link", { name: "back again" }).waitFor();
  await close();
  await server.close();
});
