// Live: fetch the board again when something changed; what waits stands in the navigation too.
"use strict";

const board = document.getElementById("board");

watch(board);
board.addEventListener("htmx:after:swap", () => {
  const waits = document.getElementById("waits");
  for (const link of waits ? document.querySelectorAll("nav a[aria-current=page]") : []) {
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
