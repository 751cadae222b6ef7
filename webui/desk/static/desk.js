// The desk's field has the focus whenever nothing else is being typed into; what others do appears.
"use strict";

const ready = document.getElementById("ready");
const part = document.getElementById("now");
const lost = document.getElementById("lost");
let away = 0;

ready.focus({ preventScroll: true });
ready.select();

// A reader types wherever the focus is: what is typed into nothing goes into the field.
document.addEventListener("keydown", (event) => {
  const { target, key, ctrlKey, altKey, metaKey } = event;
  if (key.length !== 1 || key === " " || ctrlKey || altKey || metaKey) return;
  if (target.closest("input, select, textarea, [contenteditable]")) return;
  if (target !== ready) { ready.value = ""; ready.focus({ preventScroll: true }); }
});

// What opens to take a number takes it at once.
document.addEventListener("toggle", ({ target }) => {
  if (target.matches?.("details.fold[open]")) target.querySelector("input:not([type=hidden]), select")?.focus();
}, true);

follow(part, ({ kind }) => {
  if (kind === "lost") { away ||= setTimeout(() => { lost.hidden = false; again(part); }, 5000); return; }
  clearTimeout(away);
  away = 0;
  lost.hidden = true;
  again(part);
});
