// The desk's field has the focus whenever nothing else is being typed into; what others do appears.
"use strict";

const ready = document.getElementById("ready");
const TYPING = "input:not([type=checkbox], [type=radio], [type=hidden]), select, textarea, [contenteditable]";

// The field; or, what was refused stands open: the field where it was typed.
const refused = document.querySelector("main [aria-invalid]");
(refused ?? ready).focus({ preventScroll: !refused });
(refused ?? ready).select();

// A reader types wherever the focus is: what is typed into nothing goes into the field.
document.addEventListener("keydown", (event) => {
  const { target, key, ctrlKey, altKey, metaKey } = event;
  if (key.length !== 1 || key === " " || ctrlKey || altKey || metaKey) return;
  if (target.closest(TYPING)) return;
  if (target !== ready) { ready.value = ""; ready.focus({ preventScroll: true }); }
  if (key === "/") event.preventDefault();
});

// What was clicked to no purpose, or has been closed, gives the focus back.
document.addEventListener("click", ({ target }) => {
  if (!target.closest(`a, button, summary, label, form, [popover], ${TYPING}`)) ready.focus({ preventScroll: true });
});

// What opens to take a number takes it at once.
document.addEventListener("toggle", ({ target, newState }) => {
  if (target.matches?.("details.fold[open]") || newState === "open") {
    const field = target.querySelector("[aria-invalid]") ?? [...target.querySelectorAll(TYPING)].find((one) => one.checkVisibility());
    field?.focus();
  } else if (newState === "closed" && !document.activeElement?.closest(TYPING)) ready.focus({ preventScroll: true });
}, true);

// From the results back to the field and on with the arrows.
const names = document.getElementById("names");
document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const all = [ready, ...names.querySelectorAll("a")];
  const at = all.indexOf(document.activeElement);
  if (event.key === "Escape") { names.replaceChildren(); if (at >= 0) ready.focus(); }
  if (!step || at < 0 || all.length < 2) return;
  event.preventDefault();
  all[(at + step + all.length) % all.length].focus();
});

// The desk's own clock, by the place's time.
const time = document.getElementById("clock");
setInterval(() => {
  time.textContent = new Date().toLocaleTimeString("fr", { hour: "2-digit", minute: "2-digit", timeZone: time.dataset.zone });
}, 5000);

// What was refused stands open, without scripts too: with them it is a popover again.
for (const one of document.querySelectorAll("[data-open]")) {
  one.popover = "auto";
  one.showPopover({ source: document.querySelector(`[popovertarget=${one.id}]`) });
}
watch(document.getElementById("now"));
