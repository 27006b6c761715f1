// Small habits of all pages: keys, and telling that the connection is lost. Everything works without it.
"use strict";

document.addEventListener("keydown", (event) => {
  const inField = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !inField) {
    const search = document.querySelector("[data-search]");
    if (search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  }
  if (event.key === "?" && !inField) {
    const keys = document.querySelector("dialog[data-keys]");
    if (keys) keys.showModal();
  }
});

// A dialog that is opened and closed by buttons; the page works without it, since each leads to a page of its own too.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.opens);
    if (dialog && dialog.showModal) {
      event.preventDefault();
      dialog.showModal();
    }
  }
  const closer = event.target.closest("[data-closes]");
  if (closer) closer.closest("dialog").close();
});

// A refused form comes back as a page with status 422: it is shown, and its first message read out.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 422) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
