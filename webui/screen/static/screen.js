// The public screen runs for weeks: it asks again at each change and every half minute, swaps what it shows, and
// leaves the page only for another release, or once a day, when the server has just answered. Nothing grows.
"use strict";

const { body } = document, { dataset } = body;
const board = document.getElementById("board"), lost = document.querySelector(".lost");
const languages = dataset.languages ? dataset.languages.split(",") : [];
const EVERY = 30_000, SOON = 2_000, LATE = 75_000, DAY = 86_400_000;
const begun = Date.now();
let heard = Date.now(), wait = 0, turn = 0, asking = false, soon = false, source = null;

const clock = () => {
  const time = board.querySelector("time[data-zone]");
  const said = new Intl.DateTimeFormat("fr", { hour: "2-digit", minute: "2-digit", timeZone: time.dataset.zone }).format();
  if (time.textContent !== said) time.textContent = said;
  lost.hidden = Date.now() - heard < LATE;
  if (!lost.hidden && !lost.textContent) {
    const since = new Intl.DateTimeFormat("fr", { hour: "2-digit", minute: "2-digit", timeZone: time.dataset.zone }).format(heard);
    lost.textContent = dataset.lost.replace("{time}", since);
  }
};

const next = (ms) => { clearTimeout(wait); wait = setTimeout(again, ms); };
const again = async (swaps = true) => {
  if (asking) return;
  asking = true;
  soon = false;
  const to = new URL(location.href);
  if (languages.length) {
    if (swaps) turn = (turn + 1) % languages.length;
    to.searchParams.set("now", languages[turn]);
  }
  try {
    const answer = await fetch(to, { headers: { "HX-Request": "true" }, cache: "no-store", signal: AbortSignal.timeout(10_000) });
    if (!answer.ok) throw new Error(answer.status);
    const text = await answer.text();
    if (answer.headers.get("X-Loquet-Release") !== dataset.release || Date.now() - begun > DAY) { location.reload(); return; }
    heard = Date.now();
    lost.textContent = "";
    document.documentElement.lang = answer.headers.get("Content-Language");
    board.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
    clock();
  } catch { /* it tries again, and says since when it has heard nothing */ } finally {
    asking = false;
    next(EVERY);
  }
};

const listen = () => { // a browser gives up on a stream that a proxy refused
  if (!dataset.stream || (source && source.readyState !== EventSource.CLOSED)) return;
  source?.close();
  source = new EventSource(dataset.stream);
  source.addEventListener("change", () => {
    if (soon) return; // however many there are, it asks every two seconds
    soon = true;
    clearTimeout(wait);
    wait = setTimeout(again, SOON, false);
  });
};

setInterval(clock, 1000);
setInterval(listen, 10_000);
clock();
listen();
next(EVERY);
