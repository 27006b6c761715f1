// Enrolling with the webcam: looks at the picture some times a second, says what it lacks, and takes good ones by itself. They go
// into the form's own field for files, so that the form is the same with and without a camera.
"use strict";

(() => {
  const EVERY_MS = 400;
  // Pictures a moment apart show the face a little differently.
  const APART_MS = 900;
  const at = (id) => document.getElementById(id);
  const webcam = at("webcam");
  const video = at("picture");
  const wanted = Number(webcam.dataset.pictures);
  const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

  async function look(picture) {
    const token = document.querySelector("#enrol input[name=csrf]").value;
    const headers = { Accept: "application/json", "Content-Type": "image/jpeg", "X-CSRF-Token": token };
    const answer = await fetch(webcam.dataset.look, { method: "POST", headers, body: picture });
    return answer.ok ? answer.json() : { good: false, words: "" };
  }

  async function take() {
    const files = new DataTransfer();
    while (files.items.length < wanted) {
      const picture = await camera.take(video);
      const said = picture ? await look(picture) : { good: false, words: "" };
      at("advice").textContent = said.words;
      if (said.good) {
        files.items.add(new File([picture], `${files.items.length + 1}.jpg`, { type: "image/jpeg" }));
        at("taken").textContent = String(files.items.length);
        await wait(APART_MS);
      } else {
        await wait(EVERY_MS);
      }
    }
    camera.end(video);
    at("photos").files = files.files;
    at("enrol").requestSubmit();
  }

  at("begin").addEventListener("click", async () => {
    at("begin").disabled = true;
    try {
      await camera.begin(video);
    } catch {
      at("says-no-camera").hidden = false;
      at("begin").disabled = false;
      return;
    }
    webcam.hidden = false;
    // A connection that is lost for a moment: the next press begins anew.
    take().catch(() => { camera.end(video); at("begin").disabled = false; });
  });
})();
