// Live: fetch the board again when something changed; what waits stands in the navigation too.
"use strict";

const board = document.getElementById("board");

watch(board);
board.addEventListener("htmx:after:swap", () => {
  const waits = document.getElementById("waits");
  for (const link of waits ? document.querySelectorAll(":is(.nav, .tabs) a[aria-current=page]") : []) {
    const { count, alarming } = waits.dataset;
    let number = link.querySelector(".n");
    if (!count) { number?.remove(); continue; }
    if (!number) {
      number = Object.assign(document.createElement("span"), { className: "n" });
      number.append(document.createElement("span"), Object.assign(document.createElement("span"), { className: "unseen" }));
      number.firstChild.setAttribute("aria-hidden", "true");
      link.append(number);
    }
    number.classList.toggle("is-bad", alarming !== undefined);
    number.firstChild.textContent = count;
    number.lastChild.textContent = waits.textContent;
  }
});
setInterval(() => { if (board.querySelector(".tile .bar")) again(board); }, 5000); // what empties is seen to

// After an act one stands where one stood: at the same height, on the same control, or on its `…`.
const STOOD = "stood";
document.addEventListener("submit", ({ target, submitter }) => {
  if (!submitter) return;
  const before = JSON.parse(sessionStorage.getItem(STOOD) ?? "null");
  const menu = submitter.closest("[popover]");
  const opener = menu && document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`);
  const row = submitter.closest(`${ROW}, [id]:not(button)`);
  const ids = target.closest("#undo") && before ? before.ids
    : [opener, submitter, submitter.closest("details"), row].map((one) => one?.id).filter(Boolean);
  const seen = ids.map((id) => document.getElementById(id)).find(Boolean);
  sessionStorage.setItem(STOOD, JSON.stringify({ ids, path: location.pathname, top: seen && top_of(seen), y: scrollY, fresh: true }));
});
document.addEventListener("formdata", ({ formData }) => formData.set("here", "1")); // no need of an anchor
addEventListener("load", () => {
  const stood = JSON.parse(sessionStorage.getItem(STOOD) ?? "null");
  if (!stood?.fresh || stood.path !== location.pathname) { sessionStorage.removeItem(STOOD); return; }
  sessionStorage.setItem(STOOD, JSON.stringify({ ...stood, fresh: false })); // for what is taken back
  const one = stood.ids.map((id) => document.getElementById(id)).find(Boolean);
  const on = one?.matches("button, a") ? one : one?.querySelector("summary, button, a[href]") ?? one;
  if (on && on === one && !on.matches("button, a")) on.tabIndex = -1; // nothing is left to press there
  on?.focus({ preventScroll: true });
  if (one && stood.top !== undefined) scrollBy(0, top_of(one) - stood.top); else scrollTo(0, stood.y);
  show_said();
});
