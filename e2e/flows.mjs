// What people do from one end to the other, in a real Chromium whose camera is a photo: somebody is enrolled at the desk, the kiosk
// knows him, asks for the bracelet, and lets him in; a stranger, a lost bracelet and a code that was used stay outside. Then the till.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { chromium } from "playwright-core";

import { faults, watched } from "./look.mjs";
import { till } from "./till.mjs";

const CARD = "04A2BADC";
const HARBOUR = "Harbour Club";
const KIOSK = "Entrance kiosk";
const RUSSIAN = "Север";
const RUSSIAN_CARD = "04A2BADD";

/** How long the server may take to look at faces in a debug build. */
export const PATIENCE_MS = 90_000;

/** A photo as a camera sees the person: 640 × 480, fitted in whole. Drawn by the browser, which is there anyway. */
async function frameOf(launch, photo) {
  const browser = await chromium.launch(launch);
  try {
    const page = await browser.newPage();
    const source = `data:image/jpeg;base64,${(await readFile(photo)).toString("base64")}`;
    const frame = await page.evaluate(async (source) => {
      const image = new Image();
      image.src = source;
      await image.decode();
      const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
      const scale = Math.min(640 / image.width, 480 / image.height);
      const [width, height] = [image.width * scale, image.height * scale];
      const drawing = canvas.getContext("2d");
      drawing.fillStyle = "#808080";
      drawing.fillRect(0, 0, 640, 480);
      drawing.drawImage(image, (640 - width) / 2, (480 - height) / 2, width, height);
      return canvas.toDataURL("image/jpeg", 0.95).split(",")[1];
    }, source);
    return Buffer.from(frame, "base64");
  } finally {
    await browser.close();
  }
}

/** A browser whose camera shows one photo for ever: Chromium takes it as a film of one picture. */
async function browserWithCamera(launch, photo, folder) {
  const film = join(folder, `${basename(photo)}.mjpeg`);
  await writeFile(film, await frameOf(launch, photo));
  const camera = [
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    `--use-file-for-fake-video-capture=${film}`,
  ];
  return chromium.launch({ ...launch, args: [...launch.args, ...camera] });
}

export async function signIn(page, { address, password }, name) {
  await page.goto(`${address}/sign-in`);
  await page.fill('input[name="name"]', name);
  await page.fill('input[name="password"]', password);
  await Promise.all([page.waitForURL((url) => url.pathname !== "/sign-in"), page.click("main button.primary")]);
}

/** A page that waits as long as a busy machine needs. */
export async function patient(context) {
  context.setDefaultTimeout(PATIENCE_MS);
  return watched(context);
}

/** Presses a button of a form and waits for the page after it. */
export async function press(page, selector) {
  await Promise.all([page.waitForNavigation(), page.click(selector)]);
}

/** Adds a member of the club by the sea, with a bracelet and no membership yet; answers the path of his page. */
async function addMember(page, { address }) {
  await page.goto(`${address}/new-member`);
  await page.fill('input[name="given"]', "Joseph");
  await page.fill('input[name="family"]', "Example");
  await page.fill('input[name="birth"]', "1970-05-06");
  await page.fill('input[name="phone"]', "+357 99 123456");
  await page.selectOption('select[name="home"]', { label: HARBOUR });
  await press(page, "main button.primary");
  await page.fill('input[name="number"]', CARD);
  await press(page, 'form[action$="/cards"] button');
  return new URL(page.url()).pathname;
}

/** Adds a member of the Russian club with a bracelet, whose face a provider compares: here is only what the provider calls her. */
async function addRussian(tab, { address }, look) {
  const { page } = tab;
  await page.goto(`${address}/new-member`);
  await page.fill('input[name="given"]', "Anna");
  await page.fill('input[name="family"]', "Example");
  await page.fill('input[name="birth"]', "1980-05-06");
  const home = page.locator('select[name="home"] option', { hasText: RUSSIAN });
  await page.selectOption('select[name="home"]', await home.getAttribute("value"));
  await press(page, "main button.primary");
  const member = page.url();
  await page.fill('input[name="number"]', RUSSIAN_CARD);
  await press(page, 'form[action$="/cards"] button');
  const year = page.locator('select[name="plan"] option', { hasText: /^VIP-/ });
  await page.selectOption('select[name="plan"]', await year.getAttribute("value"));
  await press(page, 'form[action$="/memberships"] button');
  await page.goto(`${member}/face`);
  await page.fill('input[name="evidence"]', "folder 12, sheet 4");
  await page.check('input[name="agreed"]');
  await press(page, 'form[action$="/consents"] button');
  await look("provider-reference", tab);
  await page.fill('input[name="reference"]', "urn:person:7");
  await page.fill('input[name="transaction"]', "enrolment-7");
  await press(page, 'form[action$="/references"] button');
}

/** Writes the consent down and enrols with the webcam, for the doors or for the tills. */
export async function enrol(tab, demo, member, look, purpose = "doors") {
  const { page } = tab;
  await page.goto(`${demo.address}${member}/face?for=${purpose}`);
  await look(`enrol-consent-${purpose}`, tab);
  await page.fill('input[name="evidence"]', "folder 12, sheet 3");
  await page.check('input[name="agreed"]');
  await press(page, 'form[action$="/consents"] button');
  await page.click("#begin");
  await page.waitForSelector(".done", { timeout: PATIENCE_MS }).catch(async () => {
    throw new Error(`nobody was enrolled; the page says: ${await page.locator("#advice, .refused, #says-no-camera").allTextContents()}`);
  });
  await look(`enrol-done-${purpose}`, tab);
}

/** Makes a browser the kiosk of the club's entrance, where a photo is no fraud for once. */
async function pairKiosk(page, demo) {
  await page.goto(`${demo.address}/kiosk`);
  const door = page.locator('select[name="door"] option', { hasText: HARBOUR }).filter({ hasText: KIOSK });
  const id = await door.getAttribute("value");
  await page.goto(`${demo.address}/set-up/doors/${id}/rules`);
  await page.selectOption('select[name="liveness"]', "off");
  await press(page, "main form button.primary");
  await page.goto(`${demo.address}/kiosk`);
  await page.selectOption('select[name="door"]', id);
  await press(page, "main button.primary");
}

/** Waits until the kiosk has come to an answer, and tells what it says. */
async function answered(page, state) {
  const there = page.waitForSelector(`body[data-state="${state}"]`, { timeout: PATIENCE_MS });
  await there.catch(async () => {
    const said = await page.evaluate(() => `${document.body.dataset.state}: ${document.getElementById("words").textContent}`);
    throw new Error(`the kiosk never came to "${state}"; it shows ${said}`);
  });
  return page.textContent("#words");
}

/** Holds something to the kiosk's reader, as a reader types it, once the answer before has gone. */
async function hold(page, text) {
  await page.waitForSelector('body:not([data-state="welcome"]):not([data-state="sorry"])', { timeout: PATIENCE_MS });
  await page.fill("#text", text);
  await page.press("#text", "Enter");
}

/** Chooses the keys and types a code, half by the keyboard and half by the screen. */
async function type(kiosk, code, look) {
  const { page } = kiosk;
  await page.click('[data-keypad="phone"]');
  await look("kiosk-keys", kiosk);
  for (const digit of code.slice(0, 3)) await page.keyboard.press(digit);
  for (const digit of code.slice(3)) await page.click(`[data-digit="${digit}"]`);
  await page.click("#key-done");
}

/** Makes a phone the card of a member; answers it with the page that shows the code. */
export async function phone(context, desk, demo, member) {
  const tab = await patient(context);
  await desk.goto(`${demo.address}${member}`);
  await press(desk, 'form[action$="/pairing-links"] button');
  const link = await desk.inputValue("input[readonly]");
  await tab.page.goto(link);
  await tab.page.click("#do-pair");
  await tab.page.waitForSelector("#picture[data-code]");
  return tab;
}

/** Walks through all of it. `note` takes the name of what was looked at and what is wrong with it. */
export async function flows(launch, demo, { root, pictures, note }) {
  const folder = await mkdtemp(join(tmpdir(), "bonafide-camera-"));
  const photos = join(root, "fixtures", "photos");
  const look = async (name, tab, options) => note(name, await faults(tab, name, pictures, options));
  const expect = (name, said, part) => note(name, said.includes(part) ? [] : [`says "${said}" and not "${part}"`]);
  const open = [];
  const begin = async (photo) => {
    open.push(await browserWithCamera(launch, join(photos, photo), folder));
    return open.at(-1);
  };
  try {
    const known = await begin("vice_president/biden.jpg");
    const desk = await patient(await known.newContext({ locale: "en", viewport: { width: 1280, height: 800 } }));
    await signIn(desk.page, demo, "owner");
    const member = await addMember(desk.page, demo);
    await enrol(desk, demo, member, look);

    const lobby = await known.newContext({ locale: "en", viewport: { width: 800, height: 1000 } });
    const kiosk = await patient(lobby);
    await signIn(kiosk.page, demo, "owner");
    await pairKiosk(kiosk.page, demo);
    expect("kiosk-knows", await answered(kiosk.page, "asked"), "something else");
    await look("kiosk-asks", kiosk);
    await hold(kiosk.page, CARD);
    expect("kiosk-no-membership", await answered(kiosk.page, "sorry"), "ask at the desk");
    await look("kiosk-sorry", kiosk);

    await desk.page.goto(`${demo.address}${member}`);
    const month = desk.page.locator('select[name="plan"] option', { hasText: /^Month / });
    await desk.page.selectOption('select[name="plan"]', await month.getAttribute("value"));
    await press(desk.page, 'form[action$="/memberships"] button');
    await answered(kiosk.page, "asked");
    await hold(kiosk.page, CARD);
    expect("kiosk-sold-and-admitted", await answered(kiosk.page, "welcome"), "Joseph");
    await look("kiosk-welcome", kiosk);

    const { page: card } = await phone(await known.newContext({ locale: "en" }), desk.page, demo, member);
    const code = await card.getAttribute("#picture", "data-code");
    await hold(kiosk.page, code);
    expect("code-once", await answered(kiosk.page, "welcome"), "Joseph");
    await hold(kiosk.page, code);
    expect("code-twice", await answered(kiosk.page, "sorry"), "fresh code");
    await desk.page.goto(`${demo.address}${member}`);
    await press(desk.page, 'form[action$="/phone-codes"] button');
    const told = await desk.page.textContent("output");
    await look("phone-code", desk);
    await answered(kiosk.page, "asked");
    await type(kiosk, told, look);
    expect("code-of-the-desk", await answered(kiosk.page, "welcome"), "Joseph");
    await card.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    await card.reload();
    await card.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await card.context().setOffline(true);
    await card.reload();
    await card.waitForSelector("#picture[data-code]", { timeout: PATIENCE_MS });
    note("card-offline", []);

    await desk.page.goto(`${demo.address}${member}`);
    const bracelet = desk.page.locator("li", { hasText: "Bracelet" }).locator('form[action$="/loss-reports"] button');
    await Promise.all([desk.page.waitForNavigation(), bracelet.first().click()]);
    await hold(kiosk.page, CARD);
    expect("lost-card", await answered(kiosk.page, "sorry"), "ask at the desk");

    const stranger = await begin("president/obama.jpg");
    const other = await stranger.newContext({ locale: "en", storageState: await lobby.storageState() });
    await kiosk.page.close();
    const seen = await patient(other);
    await seen.page.goto(`${demo.address}/kiosk`);
    expect("stranger", await answered(seen.page, "sorry"), "Not recognised");
    await look("kiosk-stranger", seen);
    await seen.page.click('footer button[value="zh"]');
    await seen.page.waitForSelector('html[lang="zh"]');
    await look("kiosk-zh", seen);

    await addRussian(desk, demo, look);
    const vip = await patient(await stranger.newContext({ locale: "en", viewport: { width: 1280, height: 800 } }));
    await signIn(vip.page, demo, "owner");
    await vip.page.goto(`${demo.address}/kiosk`);
    const door = vip.page.locator('select[name="door"] option', { hasText: RUSSIAN }).filter({ hasText: "VIP" });
    await vip.page.selectOption('select[name="door"]', await door.getAttribute("value"));
    await press(vip.page, "main button.primary");
    await look("kiosk-provider", vip);
    await vip.page.click('[data-way="face"]');
    expect("provider-stranger", await answered(vip.page, "sorry"), "Not recognised");
    await hold(vip.page, RUSSIAN_CARD);
    // The keys for the PIN are open, and meanwhile the picture goes to the provider, which believes whoever is named to it.
    expect("provider-admits", await answered(vip.page, "welcome"), "Anna");

    await till(begin, demo, { pictures, note });
  } finally {
    for (const browser of open) await browser.close();
    await rm(folder, { recursive: true, force: true });
  }
}
