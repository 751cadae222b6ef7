// Outcomes are put on this device first, then sent in order: without network they wait here (decision 0123).
"use strict";
const KEY = "loquet.outcomes";
const kept = document.getElementById("kept");
const who = kept.dataset.who;
const here = document.currentScript.src;

const read = () => { try { return JSON.parse(localStorage.getItem(KEY)) ?? []; } catch { return []; } };
const write = (all) => { if (all.length) localStorage.setItem(KEY, JSON.stringify(all)); else localStorage.removeItem(KEY); };
const own = () => read().filter((one) => one.who === who);
const without = (url) => read().filter((one) => one.who !== who || one.url !== url);

// Of one person the last press stands; it replaces what the page showed before the first.
const keep = (url, outcome, seen) => {
  const before = own().find((one) => one.url === url);
  const entry = { who, url, outcome, seen: before ? before.seen : seen };
  write([...without(url), entry]);
};

// The line of counts follows what is pressed, whether it is sent or not.
const plural = new Intl.PluralRules(document.documentElement.lang);
const count = () => {
  const line = document.querySelector("[data-counts]");
  if (!line) return;
  const many = new Map();
  for (const form of document.querySelectorAll("[data-outcome]")) {
    const outcome = form.querySelector("[aria-pressed=true]")?.dataset.value ?? "";
    many.set(outcome, (many.get(outcome) ?? 0) + 1);
  }
  const said = JSON.parse(line.dataset.counts)
    .map(([outcome, one, more]) => [outcome, many.get(outcome) ?? 0, one, more])
    .filter(([outcome, n]) => outcome || n)
    .map(([, n, one, more]) => (plural.select(n) === "one" ? one : more).replace(/\d+/, n));
  line.textContent = `${said.join(", ")}.`;
};

const mark = () => {
  const waiting = new Map(own().map((one) => [one.url, one]));
  for (const form of document.querySelectorAll("[data-outcome]")) {
    const entry = waiting.get(new URL(form.action).pathname);
    const line = form.closest("li");
    line.classList.toggle("is-kept", Boolean(entry));
    if (entry) for (const button of form.querySelectorAll("[name=outcome]")) button.setAttribute("aria-pressed", button.dataset.value === entry.outcome);
  }
  if (waiting.size) count();
};

const say = (text) => {
  kept.hidden = !text;
  kept.querySelector("p").textContent = text;
};
const sayWaiting = () => {
  const n = own().length;
  say(n === 0 ? "" : n === 1 ? kept.dataset.waitsOne : kept.dataset.waits.replace("NN", n));
  mark();
};

const token = () => document.querySelector("input[name=csrf_token]").value;
const post = (entry) => fetch(entry.url, {
  method: "POST",
  headers: { "HX-Request": "true" },
  body: new URLSearchParams({ csrf_token: token(), outcome: entry.outcome, seen: entry.seen }),
});

let sending = null;
const send = async () => {
  let sent = 0, refused = "";
  for (let entry; (entry = own()[0]); ) {
    let answer;
    try { answer = await post(entry); } catch { break; }
    if (answer.status === 400 || answer.status === 401) { say(kept.dataset.signIn); mark(); return; }
    if (answer.status >= 500) break;
    // Another press for the same person may have come meanwhile: that one is sent next, over this.
    const now = own().find((one) => one.url === entry.url);
    if (now && now.outcome !== entry.outcome) write([...without(entry.url), { ...now, seen: entry.outcome }]);
    else write(without(entry.url));
    if (answer.ok) sent += 1; else refused = answer.status === 403 ? "forbidden" : "refused";
  }
  if (refused) { sessionStorage.setItem(KEY, refused); location.reload(); return; }
  if (sent && !own().length && document.querySelector("[data-outcome]")) { location.reload(); return; }
  sayWaiting();
};
const flush = () => { sending ??= send().finally(() => { sending = null; }); return sending; };

// All else that is done here needs the network: without it the page stays, for it can't be loaded again.
let goes = null;
const go = async (form, submitter) => {
  if (own().length) await flush();
  const reached = await fetch(here, { method: "HEAD", cache: "no-store" }).then(() => true, () => false);
  if (!reached) { say(kept.dataset.needsNetwork); kept.scrollIntoView({ block: "center" }); return; }
  if (own().length) return;
  goes = form;
  form.requestSubmit(submitter);
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches(".ses form:not([data-outcome])") && goes !== form) {
    event.preventDefault();
    go(form, event.submitter);
    return;
  }
  if (!form.matches("[data-outcome]") || !event.submitter) return;
  event.preventDefault();
  const url = new URL(form.action).pathname;
  // What is noted, pressed again, is noted no more.
  const { dataset, ariaPressed } = event.submitter;
  keep(url, ariaPressed === "true" ? "" : dataset.value, form.elements.seen.value);
  history.replaceState(null, "", `#${form.closest("li").id}`);
  mark();
  flush();
});
kept.querySelector("button").addEventListener("click", flush);
addEventListener("online", flush);
const refused = sessionStorage.getItem(KEY);
if (refused) { sessionStorage.removeItem(KEY); say(kept.dataset[refused]); }
else sayWaiting();
if (own().length) flush();
