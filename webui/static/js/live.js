// Live: fetch the board when something changed, show what did, and say it to screen readers.
"use strict";

const board = document.getElementById("board");
const lost = document.getElementById("lost");
const refresh = once(async () => {
  const next = await part(board.dataset.board);
  if (!next) return;
  patch(board, next, say);
}, () => { lost.hidden = false; });

function say(one, before) {
  const alarm = one.classList.contains("alarm");
  if (!alarm && before?.dataset.state === one.dataset.state) return;
  if (alarm && before) return;
  one.classList.add("just-changed");
  document.getElementById(alarm ? "urgent" : "polite").textContent = one.dataset.says;
}

let away = 0;
function tellLost() {
  lost.hidden = false;
  refresh(); // the server may be gone, or only this session
}

follow(board, ({ kind, data }) => {
  board.dataset.following = kind;
  if (kind === "lost") { away ||= setTimeout(tellLost, 5000); return; }
  clearTimeout(away);
  away = 0;
  lost.hidden = true;
  if (kind !== "change" || JSON.parse(data).what !== "bench") refresh();
});
setInterval(refresh, 30000); // times such as "6 min ago" go on, and nothing is missed for long
setInterval(() => { if (board.querySelector(".bar")) refresh(); }, 5000); // what empties is seen to
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
