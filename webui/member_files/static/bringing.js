// The answer to an import comes when all is in: meanwhile the page asks how far it is.
"use strict";

for (const form of document.querySelectorAll("form.brings")) {
  form.addEventListener("submit", () => {
    const asking = setInterval(() => {
      const part = document.getElementById("bringing");
      if (!part.hasAttribute("data-goes-on")) part.dispatchEvent(new Event("again"));
    }, 1000);
    addEventListener("pagehide", () => clearInterval(asking), { once: true });
  });
}
