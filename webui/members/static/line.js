// A reader types Enter after each number: in the line that adds a person it leads to the next field.
"use strict";
document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (key !== "Enter" || !target.matches?.("[data-line] input:not([type=hidden], [type=checkbox])")) return;
  event.preventDefault();
  const all = [...target.form.querySelectorAll("input:not([type=hidden]), select, button:not([tabindex='-1'])")];
  all[all.indexOf(target) + 1]?.focus();
});
