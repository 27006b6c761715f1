// The till: the camera looks while a basket waits for its customer, a purchase may be taken back for ten seconds, and a lost connection
// is told. Everything else is forms.
"use strict";

(() => {
  const EVERY_MS = 250;
  // A customer who has not been seen by then shows something else.
  const LOOK_MS = 20000;
  const at = (id) => document.getElementById(id);
  const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
  const video = at("picture");
  let looking = false;
  let blind = false;

  const wanted = () => { const counter = at("counter"); return counter && counter.hasAttribute("data-looks"); };
  const say = (words) => { if (at("advice")) at("advice").textContent = words; };

  function token() {
    return document.querySelector("#counter input[name=csrf]").value;
  }

  async function send(picture) {
    const headers = { Accept: "application/json", "Content-Type": "image/jpeg", "X-CSRF-Token": token() };
    const answer = await fetch(at("counter").dataset.frames, { method: "POST", headers, body: picture });
    // Too many pictures wait: the next one a moment later.
    return answer.ok ? answer.json() : { again: answer.status === 503, words: "" };
  }

  // The form says that the camera has looked, and whom it has seen.
  function tell(candidate) {
    const form = at("seen");
    if (!form) return;
    form.querySelector("[name=candidate]").value = candidate || "";
    form.querySelector("button").click();
  }

  async function look() {
    if (looking || blind || !video) return;
    looking = true;
    try {
      await camera.begin(video);
    } catch {
      blind = true;
      looking = false;
      say(at("advice").dataset.noCamera);
      return;
    }
    video.hidden = false;
    const until = Date.now() + LOOK_MS;
    while (wanted()) {
      const picture = document.hidden ? null : await camera.take(video);
      const said = picture ? await send(picture).catch(() => ({ again: true, words: "" })) : { again: true, words: "" };
      if (!wanted()) break;
      say(said.words);
      if (!said.again || Date.now() > until) {
        tell(said.candidate);
        break;
      }
      await wait(EVERY_MS);
    }
    camera.end(video);
    video.hidden = true;
    looking = false;
  }

  // Whoever pays now is seen now; nobody is looked at before.
  function settle() {
    if (wanted()) look();
    // That the camera knew nobody stands there until somebody is known, or asks it again.
    else if (!document.querySelector('#counter button[value="look"]')) say("");
    for (const button of document.querySelectorAll("[data-prints]")) {
      button.hidden = false;
      button.addEventListener("click", () => window.print());
    }
    for (const form of document.querySelectorAll("[data-undo]")) undo(form, Number(form.dataset.undo));
  }

  async function undo(form, seconds) {
    for (let left = seconds; left > 0 && form.isConnected; left -= 1) {
      form.querySelector("[data-left]").textContent = String(left);
      await wait(1000);
    }
    form.remove();
  }

  const lost = (is_lost) => at("lost").classList.toggle("hidden", !is_lost);
  document.addEventListener("htmx:afterSettle", () => { lost(false); settle(); });
  for (const event of ["htmx:timeout", "htmx:sendError"]) document.addEventListener(event, () => lost(true));
  settle();
})();
