// A USB reader types: what it types goes to the desk's field wherever the focus is, and no number is read by half.
"use strict";
{
  const NUMBER = /^((uid|em|wg\d\d):[0-9a-f: ]+|(?=.*\d)[0-9a-f]{8,20})$/i; // as in frame.js
  const PART = /^[0-9a-f: ]*$/i;
  const FIELDS = "input:not([type=checkbox], [type=radio], [type=hidden]), select, textarea, [contenteditable]";
  const TAKES = "#ready, [name=value], [name=badge]"; // badges are read into these
  const GAP = 80; // ms between two keys of a reader; no hand types eight digits like that
  const field = document.getElementById("ready");
  let run = { text: "", at: -Infinity, target: null, before: "" };
  let leaving = -Infinity; // when the next page was asked for
  let missed = 0;
  let early = null; // what comes before anybody has seen this page

  const left = JSON.parse(sessionStorage.getItem("desk-left") ?? "null");
  sessionStorage.removeItem("desk-left");
  const ask = () => { document.getElementById("tap-again").hidden = false; };
  if (left && Date.now() - left.at < 5000) {
    early = { text: "", at: performance.now(), within: left.missed ? 1000 : 100, timer: 0 };
    if (left.missed > 1) ask();
  }

  const stop = (event) => { event.preventDefault(); event.stopImmediatePropagation(); };
  const read = (number) => { field.value = number; field.form.requestSubmit(); };

  // What was held back was typed by a hand, or is a whole number: it goes where it would have gone.
  const release = () => {
    const { text, timer } = early;
    clearTimeout(timer);
    early = null;
    if (!text) return;
    const to = document.activeElement?.matches(FIELDS) ? document.activeElement : field;
    to.focus({ preventScroll: true });
    if (to.setRangeText && to.selectionStart !== null) to.setRangeText(text, to.selectionStart, to.selectionEnd, "end");
    to.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const hold = (event) => {
    const { key, timeStamp } = event;
    if (timeStamp - early.at > early.within) { release(); return; }
    if (key !== "Enter") {
      clearTimeout(early.timer);
      early = { ...early, text: early.text + key, at: timeStamp, within: GAP, timer: setTimeout(release, GAP + 20) };
      stop(event);
      return;
    }
    const { text } = early;
    const cut = left.missed || !NUMBER.test(text) || text.length < left.length;
    if (cut && text && PART.test(text)) {
      clearTimeout(early.timer);
      early = null;
      stop(event);
      ask();
      return;
    }
    release();
    if (text && document.activeElement === field) { stop(event); field.form.requestSubmit(); }
  };
  // While the next page comes, what is typed into nothing else would arrive there by half.
  const miss = (event) => { missed += 1; stop(event); };

  addEventListener("keydown", (event) => {
    const { key, target, timeStamp, ctrlKey, altKey, metaKey } = event;
    if (ctrlKey || altKey || metaKey || key === "Shift") return;
    if (key.length !== 1 && key !== "Enter") { run.at = -Infinity; return; }
    const elsewhere = target.matches?.(FIELDS) && target !== field;
    const going = timeStamp - leaving < 5000;
    if (early) hold(event);
    else if (going && !elsewhere && !target.closest?.("a, button, summary")) miss(event);
    if (event.defaultPrevented) return;
    const goes_on = timeStamp - run.at < GAP && run.target === target;
    if (key !== "Enter") {
      run = goes_on ? { ...run, text: run.text + key, at: timeStamp } : { text: key, at: timeStamp, target, before: target.value };
    } else if (goes_on && elsewhere && !target.matches(TAKES) && NUMBER.test(run.text)) {
      target.value = run.before;
      target.dispatchEvent(new Event("input", { bubbles: true }));
      if (going) miss(event);
      else { stop(event); read(run.text); }
    }
  }, true);

  const leave = () => { leaving = performance.now(); };
  addEventListener("submit", (event) => { if (!event.defaultPrevented) leave(); });
  addEventListener("beforeunload", leave);
  addEventListener("pagehide", () => {
    if (performance.now() - run.at < GAP && run.text.length > 3 && PART.test(run.text) && run.target?.matches?.("[data-draft]")) {
      run.target.value = run.before; // a number of which the rest comes too late
      missed += run.text.length;
    }
    const length = NUMBER.test(field.value) ? field.value.length : 0;
    sessionStorage.setItem("desk-left", JSON.stringify({ at: Date.now(), length, missed }));
  });
}
