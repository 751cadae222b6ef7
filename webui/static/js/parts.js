// Live parts: htmx fetches them again and morphs them in place, never under the finger.
"use strict";

const ROW = ".tile, .door, .alarm:not(.tile .alarm), [data-row]";
const FIELD = ":is(input:not([type=hidden]), select, textarea)[id]";
const MOUSE = matchMedia("(hover: hover)");
let pressed = null; // the live part on which a finger or a mouse button rests
let waits = null; // the live part that has more to show than it does

// Have a live part fetched again; asked again meanwhile, once more afterwards.
window.again = (part) => part.dispatchEvent(new Event("again"));

// Fetch a live part again whenever something changed, and say since when no news come.
window.watch = function watch(part) {
  const lost = document.getElementById("lost");
  let since = null; // when the news stopped
  let late = 0;
  const show = () => {
    since ??= new Date();
    const time = lost.querySelector("time");
    if (time) {
      time.dateTime = since.toISOString();
      time.textContent = since.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    }
    lost.hidden = false;
  };
  const back = () => { clearTimeout(late); late = 0; since = null; lost.hidden = true; };
  part.addEventListener("htmx:error", show);
  part.addEventListener("htmx:response:error", show);
  part.addEventListener("htmx:after:swap", () => { if (part.dataset.following !== "lost") back(); });
  follow(part, ({ kind, id }) => {
    const { place } = part.dataset; // up to which news the page has come with everything
    if (kind !== "change") part.dataset.following = kind;
    if (kind === "lost") {
      since ??= new Date();
      late ||= setTimeout(() => { show(); again(part); }, 5000); // the server may be gone, or only this session
      return;
    }
    back();
    delete part.dataset.place;
    if (kind !== "open" || !place || !id?.split(",").includes(place)) again(part);
  });
};

document.addEventListener("htmx:config:request", (event) => {
  if (document.hidden && event.target.matches("[data-live]")) event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) document.querySelectorAll("[data-live]").forEach(again);
});

// A session that has ended sends the whole page to sign in. News that come by themselves do not while
// something is typed and not sent: it would be lost, and is kept once sent (webui/form_recovery.py).
document.addEventListener("htmx:after:request", (event) => {
  if (event.detail.ctx.response.status !== 401 || !event.target.matches("[data-live]")) return;
  const typed = [...document.querySelectorAll(FIELD)].some((one) => one.form?.method === "post" && changed(one));
  if (typed) event.preventDefault();
  else location.reload();
});

addEventListener("pointerdown", ({ target }) => { pressed = target.closest("[data-live]"); }, true);
for (const end of ["pointerup", "pointercancel", "focusout"]) {
  addEventListener(end, () => {
    if (end !== "focusout") pressed = null;
    const part = waits;
    waits = null;
    if (part) setTimeout(again, 0, part); // after the click and the focus that come with it
  }, true);
}

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx, tasks: [task] } = event.detail;
  const part = task?.target;
  if (!part?.matches?.("[data-live]")) return;
  if (part === pressed) { waits = part; event.preventDefault(); return; }
  ctx.focus = document.activeElement;
  ctx.states = new Map([...part.querySelectorAll("[data-says]")].map((one) => [one.id, one.dataset.state]));
  if (list_of(part) !== list_of(task.fragment)) { part.replaceChildren(); return; }
  if (!typing(part, task.fragment)) { waits = part; event.preventDefault(); return; }
  stay(part, task.fragment);
});

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (!ctx.states) return;
  if (ctx.focus !== document.activeElement) document.getElementById(ctx.focus?.id)?.focus();
  tell(ctx.target, ctx.states);
});

// A list that is over, as the roll call of an evacuation: nothing of it stays in another one, or in none.
function list_of(one) {
  return one.querySelector("[data-list]")?.dataset.list;
}

// What is being typed in, or has been and was not sent, waits as it stands where what comes has no such field. False: all waits.
function typing(part, next) {
  const held = [...part.querySelectorAll(FIELD)].filter((one) => one === document.activeElement || changed(one));
  return held.every((field) => {
    if (next.querySelector(`#${CSS.escape(field.id)}`)) return true;
    const around = [];
    for (let one = field.parentElement; one !== part; one = one.parentElement) if (one.id) around.push(one);
    const there = around.map((one) => next.querySelector(`#${CSS.escape(one.id)}`));
    const at = there.findIndex(Boolean);
    if (at < 0) return false;
    there[at].replaceWith(around[at].cloneNode(true));
    waits = part;
    return true;
  });
}

function changed(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (!field.options) return field.value !== field.defaultValue;
  return field.selectedIndex !== Math.max(0, [...field.options].findIndex((one) => one.defaultSelected));
}

// A row that has the focus or the mouse keeps its place, whatever goes on around it.
function stay(part, next) {
  const row = document.activeElement?.closest(ROW) ?? (MOUSE.matches ? part.querySelector(`:is(${ROW}):hover`) : null);
  if (!row?.id || !part.contains(row)) return;
  const group = row.parentElement;
  const place = place_of(row);
  const found = next.querySelector(`#${CSS.escape(row.id)}`);
  const same = found ?? row.cloneNode(true);
  let there = group === part ? next : group.id ? next.querySelector(`#${CSS.escape(group.id)}`) : found?.parentElement;
  if (!there) {
    if (!group.id) return;
    there = group.cloneNode();
    next.insertBefore(there, next.children[place_of(group)] ?? null);
  }
  if (there.children[place] === same) return;
  same.remove();
  there.insertBefore(same, there.children[place] ?? null);
  waits = part;
}

function place_of(one) {
  return [...one.parentElement.children].indexOf(one);
}

// Say to screen readers a new alarm, or a tile with another state; that only a time went on is no news.
function tell(part, states) {
  const news = { polite: [], urgent: [] };
  for (const one of part.querySelectorAll("[data-says]")) {
    const alarm = one.classList.contains("alarm");
    if (alarm ? states.has(one.id) : states.get(one.id) === one.dataset.state) continue;
    one.classList.add("just-changed");
    (alarm ? news.urgent : news.polite).push(one.dataset.says);
  }
  for (const [region, lines] of Object.entries(news)) {
    if (lines.length) document.getElementById(region).textContent = lines.join(". ");
  }
}
