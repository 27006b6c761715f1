// What happens at a till, in a real Chromium whose camera is a photo: a customer is known by the face and earns, is known by the phone
// when the camera does not know him, spends with a PIN and with the code of his phone, cannot spend the same points at a second till,
// brings something back, and reads when his points end.

import { enrol, patient, phone, press, signIn, PATIENCE_MS } from "./flows.mjs";
import { faults } from "./look.mjs";

const CARD = "04A2BADE";
const SHOP = "Harbour Sports Shop";
const PIN = "3947";
const NUMBER = "+357 99 765432";

/** Adds a customer of the shop with a bracelet and a PIN, whose face the tills may know; answers the path of the page. */
async function addCustomer(desk, demo, look) {
  const { page } = desk;
  await page.goto(`${demo.address}/new-member`);
  await page.fill('input[name="given"]', "Dora");
  await page.fill('input[name="family"]', "Example");
  await page.fill('input[name="birth"]', "1970-05-06");
  await page.fill('input[name="phone"]', NUMBER);
  await page.selectOption('select[name="home"]', { label: SHOP });
  await press(page, "main button.primary");
  const path = new URL(page.url()).pathname;
  await page.fill('input[name="number"]', CARD);
  await press(page, 'form[action$="/cards"] button');
  await page.locator("summary", { has: page.locator("xpath=../form[contains(@action, '/pins')]") }).first().click();
  await page.fill('form[action$="/pins"] input[name="pin"]', PIN);
  await page.fill('form[action$="/pins"] input[name="again"]', PIN);
  await press(page, 'form[action$="/pins"] button');
  await enrol(desk, demo, path, look, "tills");
  return path;
}

/** Goes to a till of the shop as the cashier. */
async function stand(context, demo, name) {
  const tab = await patient(context);
  await signIn(tab.page, demo, "till");
  await tab.page.goto(`${demo.address}/till`);
  await tab.page.click('footer button[value="en"]');
  await tab.page.waitForSelector('html[lang="en"]');
  const till = tab.page.locator("li", { hasText: SHOP }).locator("a", { hasText: name });
  await Promise.all([tab.page.waitForURL("**/till/*"), till.click()]);
  return tab;
}

/** Presses one of the till's buttons, and waits until the counter shows what came of it. */
async function does(page, word, typed = {}) {
  const form = page.locator("#counter form", { has: page.locator(`button[value="${word}"]`) }).first();
  for (const [name, value] of Object.entries(typed)) await form.locator(`[name="${name}"]`).fill(value);
  const settled = page.evaluate(() => new Promise((resolve) => {
    document.addEventListener("htmx:afterSettle", () => resolve(true), { once: true });
  }));
  await form.locator(`button[value="${word}"]`).click();
  await settled;
}

const sells = (page, product, price) => does(page, "add", { price, product });

/** Looks at a page in each language, wide and on a phone, once it shows `ready`: pages that only who has bought has. English stays. */
async function lookAtAll(name, tab, ready, look) {
  const wide = tab.page.viewportSize();
  for (const language of ["ru", "zh", "en"]) {
    await press(tab.page, `footer button[value="${language}"]`);
    await tab.page.waitForSelector(`html[lang="${language}"]`);
    await tab.page.waitForSelector(ready);
    await look(`${name}-wide-${language}`, tab);
    await tab.page.setViewportSize({ width: 390, height: 844 });
    await look(`${name}-phone-${language}`, tab);
    await tab.page.setViewportSize(wide);
  }
}

/** What the phone shows of the points, and its question, which is asked until it is answered. */
async function askedOnThePhone(card, look, expect) {
  const { page } = card;
  await page.reload();
  await page.waitForSelector("#points .survey a");
  expect("card-points", await page.textContent("#points"), "points");
  expect("card-survey", await page.textContent("#points .survey a"), "How was your purchase of");
  await lookAtAll("card", card, "#points .survey a", look);
  await press(page, "#points .survey a");
  await lookAtAll("survey", card, "form.stars", look);
  await press(page, 'form.stars button[value="5"]');
  expect("survey-thanks", await page.textContent(".done"), "Thank you");
  await page.goto(new URL("/card", page.url()).href);
  await page.waitForFunction(() => document.querySelector("#points .spendable") && !document.querySelector("#points .survey"));
}

/** Walks through all of it. */
export async function till(begin, demo, { pictures, note }) {
  const look = async (name, tab, options) => note(name, await faults(tab, name, pictures, options));
  const expect = (name, said, part) => note(name, said.includes(part) ? [] : [`says "${said}" and not "${part}"`]);
  const refused = { allow: ["status of 422"] };
  const known = await begin("vice_president/biden.jpg");
  const wide = { locale: "en", viewport: { width: 1280, height: 800 } };
  const desk = await patient(await known.newContext(wide));
  await signIn(desk.page, demo, "owner");
  const customer = await addCustomer(desk, demo, look);

  const first = await stand(await known.newContext(wide), demo, "Till 1");
  const { page } = first;
  await look("till-empty", first);
  await sells(page, "Running shoes", "89.90");
  await page.waitForSelector('button[value="confirm"]', { timeout: PATIENCE_MS });
  await look("till-candidate", first);
  await does(page, "confirm");
  expect("till-face", await page.textContent("#counter"), "Dora E.");
  await does(page, "join");
  await look("till-known", first);
  await does(page, "complete", { receipt: "e2e 1" });
  expect("till-earned", await page.textContent("#counter"), "449 points");
  await look("till-done", first);

  const stranger = await begin("president/obama.jpg");
  const second = await stand(await stranger.newContext({ ...wide, viewport: { width: 390, height: 844 } }), demo, "Till 2");
  await sells(second.page, "Yoga mat", "32.90");
  await second.page.waitForFunction(() => document.getElementById("advice").textContent.includes("Not known"), null, { timeout: PATIENCE_MS });
  await second.page.waitForSelector('button[value="look"]');
  expect("till-unknown-face-stays", await second.page.textContent("#advice"), "Not known");
  await look("till-unknown-face", second);
  await desk.page.goto(`${demo.address}${customer}`);
  await press(desk.page, 'form[action$="/phone-codes"] button');
  const code = await desk.page.textContent("output");
  await does(second.page, "phone", { phone: NUMBER, code: code.trim() });
  expect("till-phone", await second.page.textContent("#counter"), "May pay");
  expect("till-expiry", await second.page.textContent("#counter"), "end on");
  await look("till-phone-narrow", second);

  await page.click("a.primary");
  await page.waitForSelector('button[value="add"]');
  await sells(page, "Yoga mat", "32.90");
  await does(page, "show", { shown: CARD });
  await does(page, "pin", { pin: PIN });
  await does(second.page, "spend", { points: "440" });
  expect("till-held", await second.page.textContent("#counter"), "by points");
  await does(page, "spend", { points: "440" });
  expect("till-second-spend", await page.textContent("#counter .refused"), "So many points cannot pay");
  await look("till-second-spend", first, refused);
  await does(second.page, "complete", { receipt: "e2e 2" });
  await look("till-spent", second);

  await second.page.click('a[href*="/receipts?number="]');
  await second.page.waitForSelector('input[name="back-0"]');
  await second.page.fill('input[name="back-0"]', "0.5");
  await press(second.page, 'form[action$="/returns"] button');
  expect("till-return", await second.page.textContent(".done"), "Back to the customer: 220 points");
  await look("till-return", second);

  const card = await phone(await known.newContext({ locale: "en" }), desk.page, demo, customer);
  const shown = await card.page.getAttribute("#picture", "data-code");
  await does(page, "forget");
  await does(page, "show", { shown });
  await does(page, "spend", { points: "100" });
  expect("till-code-of-the-phone", await page.textContent("#counter"), "by points");
  await does(page, "unspend");
  await askedOnThePhone(card, look, expect);
  await desk.page.goto(`${demo.address}${customer}`);
  await press(desk.page, 'main section a[href*="/points/"]:not([href$="/correct"])');
  expect("statement", await desk.page.textContent("main"), "Goods came back");
  await lookAtAll("statement", desk, "table.statement", look);
}
