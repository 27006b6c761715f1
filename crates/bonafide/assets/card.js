// The member's card. The phone has a key that it cannot give away; every 15 seconds it signs a new code, which opens once. Nothing of
// it needs a network. Form of a code: crates/domain/src/qr/mod.rs.
"use strict";

(() => {
  const STEP_MS = 15000;
  const TAPS = 4;
  const CLOCK_OFF_MS = 10000;
  const REFRESH_MS = 5 * 60 * 1000;
  const CONTEXT = new TextEncoder().encode("bonafide/qr/1");
  const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const KEY = { name: "ECDSA", namedCurve: "P-256" };
  const SVG = "http://www.w3.org/2000/svg";

  const at = (id) => document.getElementById(id);
  const show = (id, shown) => { at(id).hidden = !shown; };

  // What the phone keeps: "card" is the card, "pending" a key whose pairing was not answered yet.
  function kept(mode, work) {
    return new Promise((resolve, reject) => {
      const opening = indexedDB.open("bonafide-card", 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore("things");
      opening.onerror = () => reject(opening.error);
      opening.onsuccess = () => {
        const change = opening.result.transaction("things", mode);
        const asked = work(change.objectStore("things"));
        change.oncomplete = () => { opening.result.close(); resolve(asked.result); };
        change.onerror = () => reject(change.error);
        change.onabort = () => reject(change.error);
      };
    });
  }
  const take = (name) => kept("readonly", (things) => things.get(name));
  const put = (name, thing) => kept("readwrite", (things) => things.put(thing, name));
  const forget = (name) => kept("readwrite", (things) => things.delete(name));

  const fromHex = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
  const base64url = (bytes) =>
    btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

  function base32(bytes) {
    let text = "";
    for (let first = 0; first < bytes.length; first += 5) {
      let bits = 0n;
      for (let place = 0; place < 5; place += 1) bits = (bits << 8n) | BigInt(bytes[first + place]);
      for (let place = 7; place >= 0; place -= 1) text += ALPHABET[Number((bits >> BigInt(5 * place)) & 31n)];
    }
    return text;
  }

  async function code(card, step, tap) {
    const body = new Uint8Array(21);
    body.set(fromHex(card.site), 0);
    body.set(fromHex(card.keyId), 8);
    new DataView(body.buffer).setUint32(16, step);
    body[20] = tap;
    const message = new Uint8Array([...CONTEXT, ...body]);
    const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, card.key, message);
    return "BF1" + base32(new Uint8Array([...body, ...new Uint8Array(signature)]));
  }

  // The picture, built of elements: no style and no script stands in it.
  function draw(text) {
    const squares = qrcode(0, "M");
    squares.addData(text, "Alphanumeric");
    squares.make();
    const side = squares.getModuleCount();
    let path = "";
    for (let row = 0; row < side; row += 1) {
      for (let column = 0; column < side; column += 1) {
        if (squares.isDark(row, column)) path += `M${column + 4} ${row + 4}h1v1h-1z`;
      }
    }
    const picture = at("picture");
    const dark = document.createElementNS(SVG, "path");
    dark.setAttribute("class", "dark");
    dark.setAttribute("d", path);
    picture.setAttribute("viewBox", `0 0 ${side + 8} ${side + 8}`);
    picture.replaceChildren(dark);
    picture.dataset.code = text;
  }

  let card = null;
  let tap = 0;
  let shownStep = -1;
  let drawing = false;

  async function turn() {
    if (!card || at("shown").hidden || document.hidden) return;
    const now = Date.now();
    const step = Math.floor(now / STEP_MS);
    const rest = 100 - (100 * (now % STEP_MS)) / STEP_MS;
    document.querySelector("#ring .rest").setAttribute("stroke-dashoffset", String(100 - rest));
    if (step !== shownStep && !drawing) {
      tap = 0;
      await redraw(step);
    }
  }

  async function redraw(step) {
    drawing = true;
    try {
      draw(await code(card, step, tap));
      shownStep = step;
      at("tap").textContent = `${tap + 1}/${TAPS}`;
    } finally {
      drawing = false;
    }
  }

  function tell(standings) {
    at("holder").textContent = standings.name;
    at("plan").textContent = standings.plan || "";
    const state = at("state");
    state.className = `state ${standings.light}`;
    state.textContent = `${standings.sign} ${standings.state}`;
    at("visits").textContent = standings.visits_left || "";
    show("visits", Boolean(standings.visits_left));
    at("guests").textContent = standings.guests_left || "";
    at("points").replaceChildren(...(standings.points || []).map(pointsOf));
  }

  function element(name, kind, ...content) {
    const made = document.createElement(name);
    made.className = kind;
    made.append(...content);
    return made;
  }

  // What he has in one programme, and how it came about.
  function pointsOf(points) {
    const cells = (line) => element("tr", "", ...line.map((words) => element("td", "", words)));
    const history = element("details", "", element("summary", "", at("points").dataset.all),
      element("table", "points", element("tbody", "", ...points.lines.map(cells))));
    const offers = points.offers || [];
    const own = element("ul", "offers", ...offers.map((words) => element("li", "", words)));
    own.setAttribute("aria-label", at("points").dataset.offers);
    const asked = [];
    if (points.survey) {
      const link = element("a", "", points.survey.words);
      link.href = points.survey.link;
      asked.push(element("p", "survey", link));
    }
    return element("section", "card", element("h2", "", points.name), element("p", "spendable", points.spendable), ...asked,
      ...(offers.length ? [own] : []), ...points.besides.map((words) => element("p", "small", words)), ...(points.lines.length ? [history] : []));
  }

  // The server's clock has whole seconds; half of one is right on average.
  function checkClock(answer, asked) {
    const date = Date.parse(answer.headers.get("date") || "");
    if (Number.isNaN(date)) return;
    const off = date + 500 - (asked + Date.now()) / 2;
    show("says-clock", Math.abs(off) > CLOCK_OFF_MS);
  }

  async function refresh() {
    if (!card) return;
    try {
      const asked = Date.now();
      const own = await code(card, Math.floor(asked / STEP_MS), 0);
      const answer = await fetch("/card/me", { headers: { "x-card-code": own, accept: "application/json" } });
      checkClock(answer, asked);
      if (answer.ok) {
        card.standings = await answer.json();
        await put("card", card);
        tell(card.standings);
        show("says-gone", false);
      } else if ((await answer.json()).key === "device_gone") {
        // The key stays until another takes its place: a card that was found again works again.
        show("says-gone", true);
      }
    } catch (error) {
      // Without a network the card shows what it knew.
    }
  }

  async function keepAwake() {
    try {
      if (navigator.wakeLock && !document.hidden && card) await navigator.wakeLock.request("screen");
    } catch (error) {
      // A phone that saves its battery says no.
    }
  }

  async function keepPage() {
    try {
      await navigator.serviceWorker.register("/card-sw.js", { scope: "/card" });
      await navigator.serviceWorker.ready;
      show("kept", true);
      show("keep-open", false);
    } catch (error) {
      show("keep-open", true);
    }
  }

  function present() {
    show("pair", false);
    show("none", false);
    show("shown", true);
    tell(card.standings);
    turn();
    keepAwake();
    if (navigator.serviceWorker) keepPage();
    else show("keep-open", true);
    if (navigator.storage && navigator.storage.persist) navigator.storage.persist();
  }

  function refuse(key) {
    const all = [...document.querySelectorAll("[data-refusal]")];
    const known = all.some((words) => words.dataset.refusal === key);
    for (const words of all) words.hidden = words.dataset.refusal !== (known ? key : "other");
  }

  // The key is kept before it is brought, so that a lost answer can be asked for again: the link knows the key that has used it.
  async function pairedWith(secret) {
    let pending = await take("pending");
    if (!pending || pending.secret !== secret) {
      const pair = await crypto.subtle.generateKey(KEY, false, ["sign"]);
      const point = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
      pending = { secret, key: pair.privateKey, point: base64url(point) };
      await put("pending", pending);
    }
    const asked = Date.now();
    const body = new URLSearchParams({ csrf: document.body.dataset.csrf, secret, key: pending.point });
    const answer = await fetch("/card/devices", { method: "POST", body, headers: { accept: "application/json" } });
    checkClock(answer, asked);
    const told = await answer.json();
    if (!answer.ok) {
      refuse(told.key);
      return;
    }
    const { key_id: keyId, site, language, ...standings } = told;
    card = { key: pending.key, keyId, site, standings };
    await put("card", card);
    await forget("pending");
    if (language === document.documentElement.lang) {
      history.replaceState(null, "", "/card");
      present();
    } else {
      location.replace("/card");
    }
  }

  async function begin() {
    if (!window.isSecureContext || !crypto.subtle || !window.indexedDB) {
      show("says-insecure", true);
      return;
    }
    card = (await take("card")) || null;
    const secret = location.pathname === "/card/pair" ? location.hash.slice(1) : "";
    if (secret) {
      show("pair", true);
      at("do-pair").addEventListener("click", async () => {
        at("do-pair").disabled = true;
        try {
          await pairedWith(secret);
        } catch (error) {
          refuse("offline");
        } finally {
          at("do-pair").disabled = false;
        }
      });
      return;
    }
    if (!card) {
      show("none", true);
      return;
    }
    present();
    refresh();
  }

  at("code").addEventListener("click", async () => {
    if (!card || drawing) return;
    tap = (tap + 1) % TAPS;
    await redraw(Math.floor(Date.now() / STEP_MS));
  });
  document.addEventListener("visibilitychange", () => {
    turn();
    keepAwake();
  });
  window.addEventListener("online", refresh);
  window.addEventListener("hashchange", () => location.reload());
  setInterval(turn, 250);
  setInterval(refresh, REFRESH_MS);
  begin();
})();
