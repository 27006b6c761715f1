// The kiosk: sends pictures of the camera and what a reader types, and shows the one answer.
"use strict";

(() => {
  const EVERY_MS = 150;
  const SHOWN_MS = 4000;
  // What was said about something that the person did stays for so long.
  const TOLD_MS = 3000;
  // A person who was asked for something else has so long to show it.
  const ASKED_MS = 15000;
  // With the keys before him he has longer, from each key on.
  const TYPING_MS = 25000;
  // Whoever waits for a code that was sent has longer still.
  const SENT_MS = 120000;
  const SIGNS = { welcome: "✓", sorry: "i" };
  const at = (id) => document.getElementById(id);
  const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
  const body = document.body;
  const video = at("picture");
  const first = at("words").textContent;
  let now = null;
  let askedUntil = 0;
  let toldUntil = 0;
  let sees = false;

  function show(screen) {
    body.dataset.state = screen.state;
    if (at("words").textContent !== screen.words) at("words").textContent = screen.words;
    at("sign").textContent = SIGNS[screen.state] || "";
    // Whoever has mistyped is still asked for the same.
    if (screen.ask || screen.state !== "asked") {
      at("ask").replaceChildren(...(screen.ask || []).map((way) => {
        const item = document.createElement("li");
        item.textContent = way;
        return item;
      }));
      at("ask").hidden = !(screen.ask || []).length;
    }
    if (screen.keypad === "stay") return;
    if (screen.keypad) keys.open(screen.keypad);
    else if (screen.state !== "looking" || screen.tell) keys.close();
  }

  function idle() {
    keys.close();
    toldUntil = 0;
    show({ state: "looking", words: first });
  }

  async function post(path, kind, content) {
    const headers = { Accept: "application/json", ...(kind ? { "Content-Type": kind } : {}) };
    const answer = await fetch(path, { method: "POST", headers, body: content });
    const is_json = (answer.headers.get("content-type") || "").includes("json");
    return { status: answer.status, content: is_json ? await answer.json() : {} };
  }

  async function begin() {
    const { status, content } = await post("/kiosk/tries");
    // The key was taken from this browser: the page says what to do.
    if (status === 401 || status === 403) window.location.reload();
    now = status === 200 ? content.try : null;
    askedUntil = 0;
  }

  // One step; whatever it is, the next one waits for it.
  let turn = Promise.resolve();
  const inTurn = (step) => { turn = turn.then(step).then(() => lost(false), () => lost(true)); return turn; };

  function lost(is_lost) {
    at("says-offline").hidden = !is_lost;
    if (is_lost) { now = null; idle(); }
  }

  async function step(path, kind, content) {
    if (!now) await begin();
    if (!now) throw new Error("no try");
    const answer = await post(`/kiosk/tries/${now}/${path}`, kind, content);
    if (answer.status === 409) { now = null; return; }
    if (answer.status >= 500 && answer.status !== 503) throw new Error("fault");
    if (answer.status !== 200) return;
    const screen = answer.content;
    const told = Date.now() < toldUntil;
    const asked = isAsked();
    if (screen.state === "asked") askedUntil = Date.now() + (screen.keypad ? TYPING_MS : ASKED_MS);
    if (screen.tell) toldUntil = Date.now() + TOLD_MS;
    // Advice about the picture does not push away what was asked for, nor what was just said.
    if (screen.state === "looking" && asked && screen.tell) at("words").textContent = screen.words;
    else if (!(screen.state === "looking" && path === "frames" && !screen.tell && (asked || told || keys.isOpen()))) show(screen);
    if (screen.over) {
      now = null;
      await wait(SHOWN_MS);
      idle();
    }
  }

  const isAsked = () => body.dataset.state === "asked" && Date.now() < askedUntil;

  const send = (path, content) => inTurn(() => step(path, "application/json", JSON.stringify(content)));

  // The keys, for a PIN or for a code to a phone. Where nobody is named yet, a phone is named by its number first.
  const keys = (() => {
    const pad = at("keypad");
    const ask = at("key-send");
    if (!pad) return { open() {}, close() {}, isOpen: () => false, press: () => false };
    const NUMBER_MIN = 7;
    const LONGEST = { pin: 12, number: 15, code: 6 };
    let kind = "";
    let number = "";
    let digits = "";
    function draw() {
      at("keypad-title").textContent = { pin: pad.dataset.pin, number: pad.dataset.phone, code: pad.dataset.code }[kind];
      at("typed").textContent = kind === "pin" ? "●".repeat(digits.length) : digits;
      at("typed-count").textContent = kind === "pin" ? String(digits.length) : digits;
      if (ask) ask.hidden = kind === "pin" || (kind === "number" && digits.length < NUMBER_MIN);
    }
    function begin(next) {
      [kind, digits] = [next, ""];
      draw();
    }
    function open(what) {
      const wasOpen = !pad.hidden;
      pad.hidden = false;
      body.classList.add("keying");
      number = "";
      stay();
      begin(what === "pin" ? "pin" : isAsked() || body.dataset.state === "asked" ? "code" : "number");
      if (!wasOpen) pad.querySelector("[data-digit]").focus();
    }
    function close() {
      if (pad.hidden) return;
      pad.hidden = true;
      // Whoever has gone back waits for no code any more.
      askedUntil = Math.min(askedUntil, Date.now() + ASKED_MS);
      [number, digits] = ["", ""];
      body.classList.remove("keying");
      at("text").focus();
    }
    function stay() {
      if (askedUntil) askedUntil = Math.max(askedUntil, Date.now() + TYPING_MS);
    }
    // A code is sent to the number that was typed, or to whoever is named; then it is typed.
    function sendCode() {
      if (kind === "number") {
        number = digits;
        begin("code");
      }
      send("sent-codes", number ? { phone: number } : {}).then(() => {
        if (askedUntil) askedUntil = Date.now() + SENT_MS;
      });
      pad.querySelector("[data-digit]").focus();
    }
    function done() {
      if (!digits) return;
      if (kind === "number") {
        number = digits;
        begin("code");
      } else if (kind === "pin") {
        send("pins", { digits });
        begin("pin");
      } else {
        send("phone-codes", number ? { digits, phone: number } : { digits });
        begin(number ? "number" : "code");
      }
    }
    // Whether a key was one of these.
    function press(key) {
      if (pad.hidden) return false;
      stay();
      if (/^[0-9]$/.test(key)) {
        if (digits.length < LONGEST[kind]) digits += key;
        draw();
      } else if (key === "Backspace") {
        digits = digits.slice(0, -1);
        draw();
      } else if (key === "Enter") done();
      else if (key === "Escape") close();
      else return false;
      return true;
    }
    pad.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button === ask) sendCode();
      else if (button.dataset.digit) press(button.dataset.digit);
      else press({ "key-back": "Backspace", "key-done": "Enter", "key-close": "Escape" }[button.id]);
    });
    return { open, close, press, isOpen: () => !pad.hidden };
  })();

  if (at("ways")) at("ways").addEventListener("click", (event) => {
    const { way, keypad } = event.target.dataset;
    if (keypad === "pin" && !isAsked()) {
      at("words").textContent = at("keypad").dataset.first;
      toldUntil = Date.now() + TOLD_MS;
    } else if (keypad) keys.open(keypad);
    else if (way) send("ways", { way });
  });

  async function look() {
    for (;;) {
      await wait(EVERY_MS);
      if (document.hidden) continue;
      if (askedUntil && Date.now() > askedUntil) { askedUntil = 0; now = null; idle(); }
      const picture = sees ? await camera.take(video) : null;
      if (picture) await inTurn(() => step("frames", "image/jpeg", picture));
    }
  }

  at("reader").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = at("text").value.trim();
    at("text").value = "";
    if (text) inTurn(() => step("things", "application/json", JSON.stringify({ text })));
  });
  // A reader types into whatever has the focus.
  document.addEventListener("keydown", (event) => {
    // Enter on a key of the screen presses that key.
    const onButton = event.key === "Enter" && event.target.closest("button");
    if (!onButton && keys.press(event.key)) {
      event.preventDefault();
      return;
    }
    if (event.key.length === 1 && !event.target.closest("input, button")) at("text").focus();
  });

  idle();
  if (body.dataset.camera === "true") {
    camera.begin(video).then(() => { sees = true; }, () => {
      body.classList.add("blind");
      at("says-no-camera").hidden = false;
    });
  } else {
    body.classList.add("blind");
  }
  look();
})();
