// Live: fetch the board when something changed, show what did, and say it to screen readers.
"use strict";

const board = document.getElementById("board");
const lost = document.getElementById("lost");
const refresh = once(async () => {
  const next = await part(board.dataset.board);
  if (!next) return;
  const news = { polite: [], urgent: [] };
  patch(board, next, (one, before) => notice(one, before, news));
  for (const [region, lines] of Object.entries(news)) {
    if (lines.length) document.getElementById(region).textContent = lines.join(". ");
  }
}, () => { lost.hidden = false; });

// A new alarm, or a tile with another state; that only a time went on is no news.
function notice(one, before, news) {
  const alarm = one.classList.contains("alarm");
  if (alarm ? before : before?.dataset.state === one.dataset.state) return;
  one.classList.add("just-changed");
  (alarm ? news.urgent : news.polite).push(one.dataset.says);
}

let away = 0;
function tellLost() {
  lost.hidden = false;
  refresh(); // the server may be gone, or only this session
}

follow(board, ({ kind, data }) => {
  if (kind !== "change") board.dataset.following = kind;
  if (kind === "lost") { away ||= setTimeout(tellLost, 5000); return; }
  clearTimeout(away);
  away = 0;
  lost.hidden = true;
  if (kind !== "change" || JSON.parse(data).what !== "bench") refresh();
});
setInterval(refresh, 30000); // times such as "6 min ago" go on, and nothing is missed for long
setInterval(() => { if (board.querySelector(".bar")) refresh(); }, 5000); // what empties is seen to
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
