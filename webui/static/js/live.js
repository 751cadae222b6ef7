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
setInterval(() => { if (board.querySelector(".tile .bar")) again(board); }, 5000); // what empties is seen to
