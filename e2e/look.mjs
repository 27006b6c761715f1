// What is asked of every page: axe finds nothing, no error on the console, nothing that the policy forbids, not wider than the
// screen, little script. Each page is kept as a picture.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The most script of a page, in bytes (house rule; the API browser is larger). */
const SCRIPT_BYTES_MAX = 100 * 1024;

/** The rules of axe that a page must keep. */
const RULES = ["wcag2a", "wcag2aa"];

/** A page with what went wrong on it since it was looked at last. */
export async function watched(context) {
  const page = await context.newPage();
  const seen = { troubles: [], script: 0, opened: 0 };
  page.on("console", (message) => {
    if (message.type() === "error") seen.troubles.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => seen.troubles.push(`script: ${error.message}`));
  page.on("request", (request) => {
    // Script is counted for one page, not for all that were opened on the way to it.
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) {
      seen.script = 0;
      seen.opened += 1;
    }
  });
  page.on("response", async (response) => {
    if (response.request().resourceType() !== "script") return;
    const { opened } = seen;
    const body = await response.body().catch(() => null);
    // The end of a script of the page before belongs to that one.
    if (opened === seen.opened) seen.script += body?.length ?? 0;
  });
  await page.exposeFunction("tellForbidden", (what) => seen.troubles.push(`policy: ${what}`));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      window.tellForbidden(`${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  return { page, seen };
}

/** What is wrong with the page as it stands, in words; it is kept as `NAME.png`. */
export async function faults({ page, seen }, name, pictures, { allow = [] } = {}) {
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  const found = seen.troubles.filter((trouble) => !allow.some((part) => trouble.includes(part)));
  if (seen.script > SCRIPT_BYTES_MAX) found.push(`script: ${seen.script} bytes`);
  seen.troubles.length = 0;
  seen.script = 0;
  // By the debugger's way: a script tag would be refused by the policy, as it must be.
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate((rules) => window.axe.run(document, { runOnly: rules }), RULES);
  for (const { id, nodes } of violations) {
    found.push(`axe ${id}: ${nodes.map((node) => node.html.slice(0, 160)).slice(0, 3).join("  |  ")}`);
  }
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (over > 0) found.push(`wider than the screen by ${over} px`);
  return found;
}
