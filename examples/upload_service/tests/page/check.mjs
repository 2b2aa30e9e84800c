// The page in headless Chromium: a listed, an unlisted and a broken picture, chosen and dropped, with the keyboard alone, light and dark.
//
// node check.mjs URL LISTED UNLISTED BROKEN SCREENSHOTS; playwright-core is found by NODE_PATH. `.ci/upload` runs it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";

const { chromium } = createRequire(process.env.NODE_PATH ? process.env.NODE_PATH + "/" : import.meta.url)("playwright-core");
const [url, listed, unlisted, broken, screenshots] = process.argv.slice(2);

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

let shot = 0;
async function open(options = {}) {
  const context = await browser.newContext({ viewport: { width: 900, height: 800 }, ...options });
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("request", (request) => request.url().startsWith(url) || faults.push("asks elsewhere: " + request.url()));
  await page.goto(url);
  return { page, faults, context };
}
const save = (page, name) => page.screenshot({ path: join(screenshots, `${++shot}-${name}.png`), fullPage: true });

async function result(page, outcome) {
  const shown = page.locator(`#result[data-outcome="${outcome}"]`);
  await shown.waitFor({ state: "visible", timeout: 20000 });
  return {
    title: await page.locator("#outcome").innerText(),
    kind: (await shown.getAttribute("class")).replace("result ", ""),
    facts: await page.locator("#facts").innerText(),
    tables: await page.locator("#tables").textContent(),
    status: await page.locator("#status").innerText(),
    line: await shown.evaluate((it) => getComputedStyle(it).borderTopStyle),
    colour: await page.locator("#result h2").evaluate((it) => getComputedStyle(it).color),
    isFocused: await shown.evaluate((it) => document.activeElement === it),
  };
}

// Chosen: outcome, distance, quality and list of each.
{
  const { page, faults, context } = await open({ colorScheme: "dark" });
  await save(page, "empty");
  await page.setInputFiles("#file", listed);
  const match = await result(page, "match");
  assert.equal(match.title, "Match");
  assert.match(match.facts, /Distance\s+\d+ of 256 bits/);
  assert.match(match.facts, /Quality\s+\d+ of 100/);
  assert.match(match.facts, /List\s+\S+/);
  assert.match(match.tables, /Entries that count/);
  assert.match(match.status, /Match/);
  assert.ok(match.isFocused, "the result has the focus, so that it is read out");
  await save(page, "match");

  await page.setInputFiles("#file", unlisted);
  const clean = await result(page, "no_match");
  assert.equal(clean.title, "No match");
  assert.doesNotMatch(clean.facts, /Distance|List/);
  assert.match(clean.facts, /Quality\s+\d+ of 100/);
  assert.ok(await page.locator("#tables").isHidden());
  await save(page, "no-match");

  await page.setInputFiles("#file", broken);
  const unknown = await result(page, "corrupt");
  assert.match(unknown.title, /^Could not check/);
  assert.match(await page.locator("#meaning").innerText(), /not known to be clean/);
  await save(page, "could-not-check");
  // Told apart from "no match" by word, by line and by colour.
  assert.notEqual(unknown.kind, clean.kind);
  assert.notEqual(unknown.line, clean.line);
  assert.notEqual(unknown.colour, clean.colour);
  assert.deepEqual(faults, []);
  await context.close();
}

// Dropped.
{
  const { page, faults, context } = await open();
  const bytes = readFileSync(listed).toString("base64");
  const transfer = await page.evaluateHandle(([bytes, name]) => {
    const data = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([data], name));
    return transfer;
  }, [bytes, basename(listed)]);
  await page.dispatchEvent("#drop", "dragover", { dataTransfer: transfer });
  assert.match(await page.locator("#drop").getAttribute("class"), /over/);
  await page.dispatchEvent("#drop", "drop", { dataTransfer: transfer });
  assert.equal((await result(page, "match")).title, "Match");
  assert.deepEqual(faults, []);
  await context.close();
}

// With the keyboard alone, in a light scheme, on a narrow screen.
{
  const { page, faults, context } = await open({ colorScheme: "light", viewport: { width: 360, height: 700 } });
  // Listened for all the time: listening that begins with each key may begin too late.
  const choosers = [];
  page.on("filechooser", (chooser) => choosers.push(chooser));
  const chosen = async (file) => {
    for (let waited = 0; choosers.length === 0; waited += 50) {
      assert.ok(waited < 20000, "the choice of a file opens");
      await page.waitForTimeout(50);
    }
    await choosers.shift().setFiles(file);
  };
  for (let tabs = 0; tabs < 5 && (await page.evaluate(() => document.activeElement.id)) !== "file"; tabs++) await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.id), "file", "Tab leads to the choice of a file");
  assert.notEqual(await page.locator("#file").evaluate((it) => getComputedStyle(it).outlineStyle), "none", "the focus is seen");
  await page.keyboard.press("Enter");
  await chosen(listed);
  assert.ok((await result(page, "match")).isFocused);
  await save(page, "keyboard-light-narrow");
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= 360, `nothing lies beside the screen: ${width}`);
  await page.keyboard.press("Shift+Tab");
  assert.equal(await page.evaluate(() => document.activeElement.id), "file", "Shift and Tab lead back");
  await page.keyboard.press("Space");
  await chosen(broken);
  assert.match((await result(page, "corrupt")).title, /^Could not check/);
  await save(page, "could-not-check-light");
  assert.deepEqual(faults, []);
  await context.close();
}

// Names and roles, as assistive technology is told them.
{
  const { page, context } = await open();
  assert.equal(await page.getByLabel("Choose a picture, or drop it here").count(), 1);
  assert.equal(await page.locator('[role="status"][aria-live="polite"]').count(), 1);
  assert.equal(await page.getByRole("heading", { level: 1 }).innerText(), "Check a picture");
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  // Letters and ground differ by 4.5 to 1 or more, in both schemes.
  for (const colorScheme of ["dark", "light"]) {
    await page.emulateMedia({ colorScheme });
    const ratios = await page.evaluate(() => {
      const style = getComputedStyle(document.documentElement);
      const light = (name) => {
        let hex = style.getPropertyValue(name).trim().slice(1);
        if (hex.length === 3) hex = [...hex].map((digit) => digit + digit).join("");
        const parts = [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
        const [red, green, blue] = parts.map((it) => (it <= 0.03928 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
      };
      const ground = light("--panel");
      return ["--text", "--quiet", "--match", "--clean", "--unknown", "--test", "--accent"].map((name) => {
        const [high, low] = [light(name), ground].sort((a, b) => b - a);
        return [name, (high + 0.05) / (low + 0.05)];
      });
    });
    for (const [name, ratio] of ratios) assert.ok(ratio >= 4.5, `${name} in ${colorScheme}: ${ratio.toFixed(2)}`);
  }
  await context.close();
}

// A service that does not answer, or refuses, is not clean.
{
  const { page, context } = await open();
  await page.route("**/page/check", (route) => route.abort());
  await page.setInputFiles("#file", listed);
  const none = await result(page, "none");
  assert.equal(none.title, "Could not check");
  await page.unroute("**/page/check");
  await page.route("**/page/check", (route) => route.fulfill({ status: 503, contentType: "application/json", body: '{"outcome":"no_match","checked":true}' }));
  await page.setInputFiles("#file", unlisted);
  await page.locator("#facts", { hasText: basename(unlisted) }).waitFor();
  assert.equal((await result(page, "none")).title, "Could not check");
  await save(page, "refused");
  await context.close();
}

await browser.close();
console.log(`the page was looked at in Chromium; ${shot} screenshots in ${screenshots}`);
