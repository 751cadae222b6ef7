/* The sale as it is put together: a touch adds one of its unit, the means wait for what is missing; sums come from the server. */
"use strict";
const form = document.querySelector("form.sale");
if (form) {
  const { elements } = form;
  document.querySelector("#pay[data-waits]")?.setAttribute("disabled", "");
  form.addEventListener("change", ({ target }) => {
    if (target.name === "place" && elements.quantity) elements.quantity.value = target.dataset.start;
    form.classList.toggle("is-chosen", Boolean(elements.place.value ?? elements.place.checked));
  }, true);
  form.addEventListener("click", ({ target }) => {
    const step = target.closest("[data-add]")?.dataset.add;
    if (!step) return;
    elements.quantity.value = Math.max(1, (Number(elements.quantity.value) || 0) + Number(step));
    elements.quantity.dispatchEvent(new Event("change", { bubbles: true }));
  });
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  document.getElementById("find")?.addEventListener("input", ({ target }) => {
    for (const shelf of form.querySelectorAll(".shelf")) {
      for (const offer of shelf.querySelectorAll(".offer")) offer.hidden = !plain(offer.textContent).includes(plain(target.value.trim()));
      shelf.hidden = !shelf.querySelector(".offer:not([hidden])");
    }
  });
}
