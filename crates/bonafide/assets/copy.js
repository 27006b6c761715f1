// Copies a field that is shown once. Without a script, or where the browser does not let it, the field is copied by hand.
"use strict";

for (const button of document.querySelectorAll("[data-copies]")) {
  const field = document.getElementById(button.dataset.copies);
  const told = button.parentElement.querySelector("[data-copied]");
  button.classList.remove("hidden");
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      told.textContent = button.dataset.done;
    } catch {
      // The field is selected: the keys of the browser copy it.
    }
  });
}
