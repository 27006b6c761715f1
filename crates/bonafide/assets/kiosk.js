// The kiosk: sends pictures of the camera and what a reader types, and shows the one answer.
"use strict";

(() => {
  const EVERY_MS = 150;
  const SHOWN_MS = 4000;
  // A person who was asked for something else has so long to show it.
  const ASKED_MS = 15000;
  const SIGNS = { welcome: "✓", sorry: "i" };
  const at = (id) => document.getElementById(id);
  const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
  const body = document.body;
  const video = at("picture");
  const first = at("words").textContent;
  let now = null;
  let askedUntil = 0;
  let sees = false;

  function show(screen) {
    body.dataset.state = screen.state;
    if (at("words").textContent !== screen.words) at("words").textContent = screen.words;
    at("sign").textContent = SIGNS[screen.state] || "";
    at("ask").replaceChildren(...(screen.ask || []).map((way) => {
      const item = document.createElement("li");
      item.textContent = way;
      return item;
    }));
    at("ask").hidden = !(screen.ask || []).length;
  }

  const idle = () => show({ state: "looking", words: first });

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
    const asked = body.dataset.state === "asked" && Date.now() < askedUntil;
    if (screen.state === "asked") askedUntil = Date.now() + ASKED_MS;
    // Advice about the picture does not push away what was asked for.
    if (!(asked && screen.state === "looking" && path === "frames")) show(screen);
    if (screen.over) {
      now = null;
      await wait(SHOWN_MS);
      idle();
    }
  }

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
