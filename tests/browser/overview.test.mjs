// The overview: what is on it, and finding one's way, from a file and from a static host below a path.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { file_url, names, open, serve, site, stop_browser } from "./support.mjs";

after(stop_browser);

for (const from of ["file", "static host"]) {
  describe(`from a ${from}`, () => {
    let url;
    let server;
    before(async () => {
      const directory = site("--jobs", "100");
      if (from === "file") url = file_url(directory);
      else {
        server = await serve(directory);
        url = server.url;
      }
    });
    after(() => server?.close());

    test("jobs that fail come first, and the title counts them", async () => {
      const { page, close } = await open(url);
      const states = await page.locator("table.jobs tbody tr").evaluateAll((rows) => rows.map((row) => row.dataset.status));
      const failing = states.filter((status) => ["failed", "timeout", "lost"].includes(status)).length;
      assert.ok(failing > 0);
      assert.ok(states.slice(0, failing).every((status) => ["failed", "timeout", "lost"].includes(status)));
      assert.equal(await page.title(), `(${failing} failing) monitor`);
      assert.match(await page.locator("#favicon").getAttribute("href"), /^data:image\/svg/);
      await close();
    });

    test("search as you type is in the address, and survives a reload", async () => {
      const { page, close } = await open(url);
      await page.getByRole("searchbox").fill("weather_ TRAIN");
      await page.waitForFunction(() => location.hash === "#/?q=weather_+TRAIN");
      const found = await names(page);
      assert.ok(found.length > 0 && found.every((name) => name.includes("weather") && name.includes("train")), String(found));
      await page.reload();
      assert.deepEqual(await names(page), found);
      await page.getByRole("button", { name: "Clear filters" }).click();
      assert.equal((await names(page)).length, 100);
      await close();
    });

    test("a status filters, two widen, and the back button takes each away", async () => {
      const { page, close } = await open(url);
      await page.getByRole("button", { name: /^Failed/ }).click();
      const failed = (await names(page)).length;
      await page.getByRole("button", { name: /^Running/ }).click();
      assert.ok((await names(page)).length > failed);
      await page.goBack();
      await page.waitForFunction((count) => document.querySelectorAll("table.jobs tbody tr").length === count, failed);
      await page.goBack();
      await page.waitForFunction(() => document.querySelectorAll("table.jobs tbody tr").length === 100);
      await page.goForward();
      await page.waitForFunction((count) => document.querySelectorAll("table.jobs tbody tr").length === count, failed);
      await close();
    });

    test("columns sort both ways", async () => {
      const { page, close } = await open(url);
      await page.getByRole("button", { name: "Job", exact: true }).click();
      const rising = await names(page);
      assert.deepEqual(rising, [...rising].sort());
      assert.equal(await page.getByRole("columnheader", { name: "Job" }).getAttribute("aria-sort"), "ascending");
      await page.getByRole("button", { name: "Job", exact: true }).click();
      assert.deepEqual(await names(page), [...rising].reverse());
      for (const column of ["Status", "Progress", "Updated", "Duration", "Next run", "Host", "Recent runs"]) {
        await page.getByRole("button", { name: column, exact: true }).click();
        assert.equal((await names(page)).length, 100);
      }
      await close();
    });

    test("jobs group by project and by cluster", async () => {
      const { page, close } = await open(url);
      for (const [by, some] of [["project", "weather"], ["cluster", "hydra"]]) {
        await page.getByLabel("Group").selectOption(by);
        const groups = await page.locator("tr.group th span:first-child").allTextContents();
        assert.ok(groups.includes(some), String(groups));
        assert.equal((await names(page)).length, 100);
      }
      await close();
    });

    test("a job's link opens its page, and back returns to the same place", async () => {
      const { page, close } = await open(url);
      const link = page.locator("table.jobs .c-job a").nth(40);
      await link.scrollIntoViewIfNeeded();
      const before_leaving = await page.evaluate(() => scrollY);
      assert.ok(before_leaving > 300);
      const name = await link.textContent();
      await link.click();
      await page.getByRole("heading", { level: 1, name }).waitFor();
      assert.equal(await page.evaluate(() => location.hash), `#/job/${name}`);
      await page.goBack();
      await page.locator("table.jobs").waitFor();
      await page.clock.runFor(1000);
      assert.ok(Math.abs((await page.evaluate(() => scrollY)) - before_leaving) < 60);
      await close();
    });

    test("ages have their exact time, in the zone of the reader's choice", async () => {
      const { page, close } = await open(url);
      const time = page.locator("td.c-updated time").first();
      assert.match(await time.textContent(), / ago$/);
      assert.match(await time.getAttribute("title"), /^2026-03-10 \d\d:\d\d:\d\d Europe\/Berlin$/);
      await page.getByRole("button", { name: "Settings: Europe/Berlin" }).click();
      await page.getByLabel("UTC", { exact: true }).check();
      assert.match(await time.getAttribute("title"), / UTC$/);
      await page.getByLabel("Name of the zone").fill("Asia/Tokyo");
      assert.match(await time.getAttribute("title"), / Asia\/Tokyo$/);
      await page.getByLabel("Name of the zone").fill("Mars/Olympus");
      await page.getByText("There is no such zone.").waitFor();
      await page.reload();
      await page.getByRole("button", { name: "Settings: Asia/Tokyo" }).waitFor();
      await close();
    });
  });
}

test("5,000 jobs: all are read, few are drawn, and each is found", async () => {
  const { page, close } = await open(file_url(site("--jobs", "5000", "--detailed", "20")), { clock: undefined });
  await page.getByText(/^5,000 jobs$/).waitFor();
  const table = page.getByRole("table", { name: /^Jobs/ });
  assert.equal(await table.getAttribute("aria-rowcount"), "5001");
  assert.ok((await page.locator("table.jobs tbody tr").count()) < 200);
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await page.clock.runFor(300);
  await page.locator('tr[aria-rowindex="5001"]').waitFor();
  await page.getByRole("searchbox").fill("archive_70");
  await page.waitForFunction(() => document.querySelectorAll("table.jobs tbody tr").length < 10);
  assert.ok((await names(page)).every((name) => name.includes("archive_70")));
  await close();
});

test("without JavaScript the jobs are there to read", async () => {
  const { page, close } = await open(file_url(site("--jobs", "100")), { javaScriptEnabled: false });
  assert.equal(await page.locator("table.jobs tbody tr").count(), 100);
  assert.match(await page.locator("noscript").textContent(), /Without JavaScript/);
  assert.match(await page.locator(".as-of").textContent(), /As of 2026-03-10T11:59:20.000Z: \d+ completed/);
  await close();
});

test("the rows before and after the program starts have the same cells", async () => {
  const url = file_url(site("--jobs", "100"));
  const cells = (page) =>
    page.locator("table.jobs tbody tr").evaluateAll((rows) =>
      Object.fromEntries(
        rows.map((row) => [
          row.querySelector(".c-job a").textContent,
          [row.dataset.status, row.querySelector(".status").textContent, row.querySelector(".meter-value")?.textContent ?? "", ...[...row.children].map((cell) => cell.className)],
        ]),
      ),
    );
  const plain = await open(url, { javaScriptEnabled: false });
  const live = await open(url);
  assert.deepEqual(await cells(live.page), await cells(plain.page));
  await plain.close();
  await live.close();
});

test("a site without jobs says so", async () => {
  const { page, close } = await open(file_url(site("--jobs", "0")));
  await page.getByText("No job has reported yet.").waitFor();
  await close();
});
