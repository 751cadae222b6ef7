// A reader types Enter after each number: in the line that adds a person it leads to the next field.
"use strict";
document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (key !== "Enter" || !target.matches?.("[data-line] input:not([type=hidden], [type=checkbox])")) return;
  event.preventDefault();
  const all = [...target.form.querySelectorAll("input:not([type=hidden]), select, button:not([tabindex='-1'])")];
  all[all.indexOf(target) + 1]?.focus();
});
// The button says whom it adds.
document.addEventListener("input", ({ target }) => {
  const add = target.id === "name" && target.form.querySelector("[data-named]");
  if (add) add.textContent = target.value.trim() ? add.dataset.named.replace("{}", () => target.value.trim()) : add.dataset.plain;
});
