// At a terminal: after a minute without a touch the page goes, even offline; the server forgets by itself.
"use strict";

const bar = document.querySelector("[data-touch]");
if (bar) {
  const form = bar.querySelector("form"), warn = bar.querySelector("[data-warn]");
  const AFTER = Number(bar.dataset.after) * 1000, WARN = 15_000, TELL = 20_000;
  let touched = Date.now(), told = touched, gone = false;
  const touch = () => { touched = Date.now(); };
  for (const kind of ["pointerdown", "pointermove", "keydown", "scroll", "wheel"]) addEventListener(kind, touch, { passive: true, capture: true });
  const leave = () => {
    gone = true;
    document.body.hidden = true; // nothing is left to be read, whatever becomes of the form
    form.submit();
  };
  const look = () => {
    if (gone) return;
    const left = AFTER - (Date.now() - touched);
    if (left <= 0) { leave(); return; }
    const text = left < WARN ? warn.dataset.text.replace("{n}", Math.ceil(left / 5000) * 5) : "";
    if (warn.textContent !== text) warn.textContent = text;
    if (touched <= told || Date.now() - told < TELL) return;
    told = Date.now();
    fetch(bar.dataset.touch, { method: "POST", body: new FormData(form), redirect: "manual" }).catch(() => {});
  };
  setInterval(look, 500);
  document.addEventListener("visibilitychange", look);
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
