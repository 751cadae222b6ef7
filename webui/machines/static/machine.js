// One machine: what is live of it is fetched again when something changed, and it is said when no news come.
"use strict";

const state = document.getElementById("state");
const lost = document.getElementById("lost");
let away = 0;

// What opens is seen whole: its button would be under the tabs of a phone.
addEventListener("toggle", ({ target }) => {
  if (target.matches("details.val[open]")) target.querySelector(".pop").scrollIntoView({ block: "nearest" });
}, true);

const refresh = () => document.querySelectorAll("[data-live]").forEach(again);
state.addEventListener("htmx:error", () => { lost.hidden = false; });

follow(state, ({ kind }) => {
  state.dataset.following = kind === "change" ? "open" : kind;
  if (kind === "lost") {
    away ||= setTimeout(() => { lost.hidden = false; refresh(); }, 5000);
    return;
  }
  clearTimeout(away);
  away = 0;
  lost.hidden = true;
  refresh();
});
setInterval(() => { if (state.querySelector(".bar")) again(state); }, 5000); // what empties is seen to
