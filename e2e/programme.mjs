// A bonus programme by its pages: added, given two tiers row by row, saved, and asked what other rules would have cost. So that the
// walk finds a programme, also in a demo that has none.

const CURRENCY = "EUR";

/** Presses a button of a form and waits for the page after it. */
async function press(page, selector) {
  await Promise.all([page.waitForNavigation(), page.click(selector)]);
}

/** Adds a row by the button that the script takes over, and waits until it is there. */
async function addRow(page, list) {
  const rows = page.locator(`input[type="hidden"][name="${list}"]`);
  const before = await rows.count();
  await page.click(`button[value="add ${list}"]`);
  await page.waitForFunction(([name, count]) => document.querySelectorAll(`input[type="hidden"][name="${name}"]`).length === count, [list, before + 1]);
}

/** The name of a field of a tier, by its place. */
async function ofTier(page, place, part) {
  const row = await page.locator('input[type="hidden"][name="tier"]').nth(place).getAttribute("value");
  return `input[name="t${row}-${part}"]`;
}

/** Sets a programme up where there is none; `look` looks at what is seen on the way. */
export async function setUpProgramme(tab, { address }, look) {
  const { page } = tab;
  await page.goto(`${address}/set-up/programmes`);
  if ((await page.locator('a[href$="/rules"]').count()) === 0) {
    await page.goto(`${address}/set-up/programmes/new`);
    await page.fill('input[name="name"]', "Club points");
    await page.fill('input[name="currency"]', CURRENCY);
    await press(page, "main button.primary");
  }
  await page.click('a[href$="/rules"] >> nth=0');
  if ((await page.locator('input[type="hidden"][name="tier"]').count()) === 0) {
    await addRow(page, "tier");
    await addRow(page, "tier");
    await page.fill(await ofTier(page, 0, "name"), "Green");
    await page.fill(await ofTier(page, 1, "name"), "Gold");
    await page.fill(await ofTier(page, 1, "spend"), "much");
    await page.fill('input[name="window"]', "12");
    await page.fill('input[name="grace"]', "30");
    await addRow(page, "reward");
    await press(page, "main button.primary");
    await look("programme-refused", tab, { allow: ["status of 422"] });
    await page.fill(await ofTier(page, 1, "spend"), "500");
    await page.click('button[value^="remove reward"]');
    await page.waitForFunction(() => document.querySelectorAll('input[name="reward"]').length === 0);
    await press(page, "main button.primary");
    await page.goto(page.url().replace("/versions", "/rules"));
  }
  await page.fill('input[name="r1-rate-1"], input[name="r1-amount"]', "6");
  await press(page, 'button[formaction$="/what-ifs"]');
  await look("programme-what-if", tab);
}
