// Live: fetch the board again when something changed, and say when no news come.
"use strict";

const board = document.getElementById("board");
const lost = document.getElementById("lost");
let away = 0;

const showLost = () => { lost.hidden = false; };
board.addEventListener("htmx:error", showLost);
board.addEventListener("htmx:response:error", showLost);

function tellLost() {
  showLost();
  again(board); // the server may be gone, or only this session
}

follow(board, ({ kind }) => {
  if (kind !== "change") board.dataset.following = kind;
  if (kind === "lost") { away ||= setTimeout(tellLost, 5000); return; }
  clearTimeout(away);
  away = 0;
  lost.hidden = true;
  again(board);
});
// What waits stands in the navigation too.
board.addEventListener("htmx:after:swap", () => {
  const waits = document.getElementById("waits");
  for (const link of waits ? document.querySelectorAll("nav a[aria-current=page]") : []) {
    const { count } = waits.dataset;
    let number = link.querySelector(".n");
    if (!count) { number?.remove(); continue; }
    if (!number) {
      number = Object.assign(document.createElement("span"), { className: "n is-bad" });
      number.append(document.createElement("span"), Object.assign(document.createElement("span"), { className: "unseen" }));
      number.firstChild.setAttribute("aria-hidden", "true");
      link.append(number);
    }
    number.firstChild.textContent = count;
    number.lastChild.textContent = waits.textContent;
  }
});
setInterval(() => { if (board.querySelector(".tile .bar")) again(board); }, 5000); // what empties is seen to
