/* The sale as it is put together: a touch adds one of its unit, the means wait for what is missing; sums come from the server. */
"use strict";
const form = document.querySelector("form.sale");
if (form) {
  const { elements } = form;
  document.querySelector("#pay[data-waits]")?.setAttribute("disabled", "");
  form.addEventListener("change", ({ target }) => {
    if (target.name === "place" && elements.quantity) elements.quantity.value = target.dataset.start;
    form.classList.toggle("is-chosen", form.querySelector("[name=place]:checked") !== null);
  }, true);
  addEventListener("pageshow", () => {  // The browser restores what was chosen when it goes back.
    if (!form.matches(".is-chosen")) form.querySelector("[name=place]:checked")?.dispatchEvent(new Event("change", { bubbles: true }));
  });
  form.addEventListener("click", ({ target }) => {
    const step = target.closest("[data-add]")?.dataset.add;
    if (!step) return;
    elements.quantity.value = Math.max(1, (Number(elements.quantity.value) || 0) + Number(step));
    elements.quantity.dispatchEvent(new Event("change", { bubbles: true }));
  });
  const find = document.getElementById("find");
  find?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    form.querySelector(".shelf:not([hidden]) .offer:not([hidden]) input")?.click();
  });
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  find?.addEventListener("input", () => {
    const asked = plain(find.value.trim());
    for (const shelf of form.querySelectorAll(".shelf")) {
      for (const offer of shelf.querySelectorAll(".offer")) offer.hidden = !plain(offer.textContent).includes(asked);
      shelf.hidden = !shelf.querySelector(".offer:not([hidden])");
    }
  });
}
