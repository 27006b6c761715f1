// Walks through the pages of a demo in a real Chromium: signs in, opens every page in each language and on each screen, and asks
// of it what look.mjs asks. Then does what people do there, as flows.mjs says. `node e2e/run.mjs [PROGRAM]`; pictures and the list of what was found land in out/e2e.

import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { chromium } from "playwright-core";

import { flows } from "./flows.mjs";
import { faults, watched } from "./look.mjs";
import { setUpProgramme } from "./programme.mjs";
import { startDemo } from "./server.mjs";

const root = resolve(import.meta.dirname, "..");
const program = resolve(process.argv[2] ?? join(root, "target", "debug", "bonafide"));
const pictures = join(root, "out", "e2e");

const SCREENS = { wide: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const LANGUAGES = ["en", "ru", "zh"];

/** The personal offers of the first programme that has rules. */
const OFFERS = { from: "/set-up/programmes", link: 'a[href$="/offers"]' };

/** What somebody who is signed in can open. `from` finds a path on another page: the first link that fits. */
const PAGES = [
  { name: "desk", path: "/desk" },
  { name: "search", path: "/desk/search?q=ann" },
  { name: "new-member", path: "/new-member" },
  { name: "member", from: "/desk", link: 'a[href^="/members/"]' },
  { name: "visits", from: "/desk", link: 'a[href^="/members/"]', below: "/visits" },
  { name: "face", from: "/desk", link: 'a[href^="/members/"]', below: "/face" },
  { name: "inside", path: "/desk/inside" },
  { name: "trial", path: "/desk/trial" },
  { name: "figures", path: "/figures" },
  { name: "corrections", path: "/points/corrections" },
  { name: "correct-points", from: "/desk", link: 'a[href^="/members/"]', below: "/points/correct" },
  { name: "kiosk-pairing", path: "/kiosk" },
  { name: "set-up", path: "/set-up" },
  ...["branches", "zones", "doors", "plans", "extras", "consent-texts", "staff", "devices", "lockers", "tills"].flatMap((things) => [
    { name: `set-up-${things}`, path: `/set-up/${things}` },
    { name: `set-up-${things}-new`, path: `/set-up/${things}/new` },
  ]),
  { name: "set-up-programmes", path: "/set-up/programmes" },
  { name: "set-up-programmes-new", path: "/set-up/programmes/new" },
  ...["rules", "branches", "rewards", "guards", "versions", "terms"].map((below) => ({
    name: `programme-${below}`,
    from: "/set-up/programmes",
    link: `a[href$="/${below}"]`,
  })),
  { name: "set-up-allowances", path: "/set-up/allowances" },
  { name: "set-up-allowance", from: "/set-up/allowances", link: 'a[href$="/allowance"]' },
  { name: "offers", ...OFFERS },
  { name: "offer-new", ...OFFERS, below: "/new" },
  { name: "offer", from: OFFERS, link: '.needs a[href*="/offers/"]:not([href$="/uptake"])' },
  { name: "offer-uptake", from: OFFERS, link: 'a[href$="/uptake"]' },
  { name: "set-up-provider", path: "/set-up/provider" },
  { name: "set-up-senders", path: "/set-up/senders" },
  { name: "set-up-own-member", from: "/set-up/staff", link: 'a[href$="/member"]' },
  { name: "set-up-rules", from: "/set-up/doors", link: 'a[href$="/rules"]' },
  { name: "set-up-plan", from: "/set-up/plans", link: '.needs a[href^="/set-up/plans/"]' },
  { name: "set-up-consent-text", from: "/set-up/consent-texts", link: '.needs a[href^="/set-up/consent-texts/"]' },
  { name: "set-up-consent-draft", path: "/set-up/consent-texts/new?about=face/entry&law=european_union&language=en&from=draft" },
  { name: "set-up-sigur", path: "/set-up/sigur" },
  { name: "set-up-prices", from: "/set-up/plans", link: 'a[href$="/prices"]' },
  { name: "tills", path: "/till" },
  { name: "till", from: "/till", link: 'a[href^="/till/"]' },
  { name: "till-receipts", from: "/till", link: 'a[href^="/till/"]', below: "/receipts" },
  { name: "api", path: "/api" },
];

/** What was looked at and what is wrong, page by page. */
const report = { looked: [], missing: [], wrong: [] };

function note(name, found) {
  report.looked.push(name);
  for (const fault of found) report.wrong.push(`${name}: ${fault}`);
}

/** Debian's Chromium, or the one that BONAFIDE_CHROMIUM names. */
function browserProgram() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const candidates = ["chromium", "chromium-browser"].flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = process.env.BONAFIDE_CHROMIUM ?? candidates.find((path) => existsSync(path));
  if (!found) throw new Error("Chromium is missing; this installs it:  apt-get install -y chromium");
  return found;
}

async function signIn({ page }, { address, password }, name) {
  await page.goto(`${address}/sign-in`);
  await page.fill('input[name="name"]', name);
  await page.fill('input[name="password"]', password);
  await Promise.all([page.waitForURL((url) => url.pathname !== "/sign-in"), page.click("main button.primary")]);
}

/** Chooses a language at the foot of the page, as people do. */
async function speak({ page }, language) {
  await page.click(`footer button[value="${language}"]`);
  await page.waitForSelector(`html[lang="${language}"]`);
}

/** Where a page is: said outright, or behind a link of another page, which may be behind a link itself. */
async function pathOf(tab, demo, asked) {
  if (asked.path) return asked.path;
  const from = typeof asked.from === "string" ? asked.from : await pathOf(tab, demo, asked.from);
  if (from === null) return null;
  await tab.page.goto(demo.address + from);
  const link = tab.page.locator(asked.link).first();
  return (await link.count()) > 0 ? (await link.getAttribute("href")) + (asked.below ?? "") : null;
}

/** Opens a page and looks at it; notes it as missing when the server has no such page. */
async function visit(tab, demo, asked, screen, language) {
  const name = `${asked.name}-${screen}-${language}`;
  const path = await pathOf(tab, demo, asked);
  const answer = path === null ? null : await tab.page.context().request.get(demo.address + path);
  if (answer === null || answer.status() === 404) {
    if (!report.missing.includes(asked.name)) report.missing.push(asked.name);
    return;
  }
  tab.seen.troubles.length = 0;
  tab.seen.script = 0;
  const shown = await tab.page.goto(demo.address + path);
  const found = await faults(tab, name, pictures);
  if (shown.status() !== 200) found.unshift(`answered ${shown.status()}`);
  if (new URL(tab.page.url()).pathname === "/sign-in") found.unshift("asks to sign in");
  note(name, found);
}

/** The page to sign in at: empty, and with a password that is wrong. */
async function lookAtSignIn(tab, demo, screen) {
  const refused = { allow: ["status of 422"] };
  await tab.page.goto(`${demo.address}/desk`);
  const sentTo = new URL(tab.page.url()).pathname;
  if (sentTo !== "/sign-in") report.wrong.push(`desk without a session: shows ${sentTo}`);
  for (const language of LANGUAGES) {
    await speak(tab, language);
    note(`sign-in-${screen}-${language}`, await faults(tab, `sign-in-${screen}-${language}`, pictures));
  }
  await tab.page.fill('input[name="name"]', "owner");
  await tab.page.fill('input[name="password"]', "not the password");
  await tab.page.click("main button.primary");
  await tab.page.waitForSelector(".refused");
  note(`sign-in-refused-${screen}`, await faults(tab, `sign-in-refused-${screen}`, pictures, refused));
}

async function onScreen(browser, demo, screen) {
  const context = await browser.newContext({ viewport: SCREENS[screen], locale: "en" });
  const tab = await watched(context);
  await lookAtSignIn(tab, demo, screen);
  await signIn(tab, demo, "owner");
  await setUpProgramme(tab, demo, async (name, seen, allowed) => {
    note(`${name}-${screen}`, await faults(seen, `${name}-${screen}`, pictures, allowed));
  });
  for (const language of LANGUAGES) {
    await speak(tab, language);
    for (const asked of PAGES) await visit(tab, demo, asked, screen, language);
  }
  // The language is kept with the account, and the flows read English.
  await speak(tab, LANGUAGES[0]);
  await context.close();
}

async function walk(launch, demo) {
  const browser = await chromium.launch(launch);
  try {
    for (const screen of Object.keys(SCREENS)) await onScreen(browser, demo, screen);
  } finally {
    await browser.close();
  }
}

async function run() {
  await rm(pictures, { recursive: true, force: true });
  await mkdir(pictures, { recursive: true });
  // Root has no sandbox of its own to begin with; the pages are ours.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const launch = { executablePath: browserProgram(), args };
  const demo = await startDemo(program);
  try {
    if (!process.env.FLOWS_ONLY) await walk(launch, demo);
    await flows(launch, demo, { root, pictures, note });
  } finally {
    const { code, signal } = await demo.stop();
    if (code !== 0) report.wrong.push(`the demo ended with ${code ?? signal} when it was told to stop`);
  }
}

try {
  await run();
} catch (error) {
  report.wrong.push(`the walk ended early: ${error.message}`);
}
for (const name of report.missing) report.wrong.push(`${name}: is not there, so nobody looked at it`);
await writeFile(join(pictures, "report.json"), `${JSON.stringify(report, null, 2)}\n`);
console.log(`${report.looked.length} pages looked at`);
for (const fault of report.wrong) console.error(`WRONG  ${fault}`);
process.exitCode = report.wrong.length > 0 ? 1 : 0;
