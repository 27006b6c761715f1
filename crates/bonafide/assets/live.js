// A part of a page that moves: it is asked for anew whenever the server says that something happened, and after a lost connection.
"use strict";

(() => {
  const part = document.querySelector("[data-live]");
  if (!part) return;
  const lost = document.getElementById("lost");
  let asking = false;
  let again = false;

  async function refresh() {
    // What somebody is filling in stays as it is; it is caught up with when he has finished.
    if (part.querySelector("details[open]")) {
      again = true;
      return;
    }
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    try {
      const answer = await fetch(part.dataset.part, { headers: { accept: "text/html" } });
      if (answer.ok && !answer.redirected) {
        const focused = document.activeElement && part.contains(document.activeElement) ? document.activeElement : null;
        if (focused) {
          again = true;
        } else {
          part.innerHTML = await answer.text();
        }
      } else if (answer.redirected || answer.status === 401) {
        window.location.reload();
      }
    } catch {
      lost.classList.remove("hidden");
    } finally {
      asking = false;
    }
  }

  part.addEventListener("toggle", () => { if (again) { again = false; refresh(); } }, true);
  part.addEventListener("focusout", () => { if (again) { again = false; setTimeout(refresh, 500); } });

  const source = new EventSource(part.dataset.live);
  source.addEventListener("here", () => { lost.classList.add("hidden"); refresh(); });
  source.addEventListener("moved", refresh);
  source.addEventListener("error", () => lost.classList.remove("hidden"));
  window.addEventListener("pagehide", () => source.close());
})();
