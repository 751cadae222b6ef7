// The line to paste goes into the clipboard, where the browser allows it.
"use strict";

if (navigator.clipboard) {
  for (const one of document.querySelectorAll("[data-copy]")) {
    one.hidden = false;
    one.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(one.dataset.copy).textContent.trim());
      one.querySelector("span").textContent = one.dataset.done;
    });
  }
}
