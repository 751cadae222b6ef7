// The frame of every page: what can be taken back goes away when its time is over; one field for everything.
"use strict";

// A deferred htmx starts by a timer, after the page is there: what a reader types at once would be looked for by nobody.
document.addEventListener("DOMContentLoaded", () => window.htmx?.initialize());

document.addEventListener("animationend", ({ target }) => {
  if (target.matches(".undo .left")) target.closest(".undo").remove();
});

for (const one of document.querySelectorAll("[data-print]")) one.addEventListener("click", () => print());

for (const it of document.querySelectorAll(".working")) { // what takes long says so as soon as it is sent
  it.closest("form").addEventListener("submit", () => { it.hidden = false; });
  addEventListener("pageshow", () => { it.hidden = true; }); // back again
}

// A double click sends a form once. Three seconds later it may be sent again: its answer may have been a file.
{
  let sent;
  let pressed;
  addEventListener("click", ({ detail, clientX, clientY }) => { pressed = detail ? [clientX, clientY, Date.now()] : null; }, true);
  addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method !== "post") return;
    if (event.target === sent) return event.preventDefault();
    sent = event.target;
    sessionStorage.setItem("pressed", JSON.stringify(pressed ?? null));
    setTimeout(() => { sent = undefined; }, 3000);
  });

  // Its second press may come on the next page, where the list has moved up: somebody else's button is under the pointer.
  // The browser counts presses, some on each page anew; within 300 ms nobody has read the page.
  const before = JSON.parse(sessionStorage.getItem("pressed"));
  sessionStorage.removeItem("pressed");
  if (before) document.addEventListener("click", (event) => {
    const [x, y, at] = before;
    if (event.detail < 2 && (!event.detail || Date.now() - at > 300)) return;
    if (Math.hypot(event.clientX - x, event.clientY - y) > 20) return;
    if (event.target.closest("button, input")?.form?.method === "post") event.preventDefault();
  });
}

// A link to what is folded opens it, and goes on in its first field.
const unfold = () => {
  const there = document.getElementById(location.hash.slice(1));
  const fold = there?.closest("details");
  if (!fold) return;
  fold.open = true;
  there.scrollIntoView();
  const field = there === fold ? fold.querySelector("form :is(input:not([type=hidden]), select, textarea)") : there;
  field?.focus({ preventScroll: true });
};

// What was said above what one sees is said at the foot, until the next press; nothing moves under the finger.
const top_of = (one) => one.getBoundingClientRect().top;
function near(said) {
  const below = said.parentElement.lastElementChild;
  const place = (is) => {
    const top = top_of(below);
    said.classList.toggle("is-near", is);
    scrollBy(0, top_of(below) - top);
  };
  if (said.getBoundingClientRect().bottom >= 0) return;
  place(true);
  for (const press of ["pointerdown", "keydown"]) addEventListener(press, () => place(false), { once: true });
}
const show_said = () => document.querySelectorAll("main > .flash:not(#lost)").forEach(near);

const after_frame = (act) => requestAnimationFrame(() => setTimeout(act)); // in it, going to the target, the browser takes the focus away
addEventListener("hashchange", () => after_frame(unfold));
document.addEventListener("click", ({ target }) => { // the same link again
  if (target.closest("a[href*='#']")?.href === location.href) after_frame(unfold);
});
addEventListener("load", () => after_frame(() => { unfold(); if (location.hash) show_said(); }));

// Whoever was refused goes on in the field that is wrong, where the page says nothing else.
if (!document.querySelector("[autofocus]")) document.querySelector("main [aria-invalid=true]")?.focus();

// Whoever asks for something when the session has ended is led to sign in; of news see parts.js.
document.addEventListener("htmx:after:request", ({ detail, target }) => {
  if (detail.ctx.response.status === 401 && !target.matches("[data-live]")) location.reload();
});

// A dialog that comes open with the page is modal; Escape goes where its cross leads.
const dialog = document.querySelector("dialog[open]");
if (dialog) {
  dialog.close();
  dialog.showModal();
  (dialog.querySelector("[aria-invalid=true], [autofocus]") ?? dialog.querySelector("form :is(input:not([type=hidden]), select, textarea, button), [data-close]"))?.focus();
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); dialog.querySelector("[data-close]").click(); });
}

// Back to where one came from is back in the history: the list stands as it was left.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a.back");
  const before = window.navigation?.entries()[navigation.currentEntry.index - 1];
  if (!link || !before || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (new URL(before.url).pathname !== new URL(link.href).pathname) return;
  event.preventDefault();
  navigation.back();
});

// The name in a list becomes the title of the page that it opens.
addEventListener("pageswap", ({ viewTransition, activation }) => {
  const name = viewTransition && [...document.querySelectorAll("main a[href]")].find((link) => link.href === activation.entry.url && link.checkVisibility());
  if (!name) return;
  document.querySelector("main h1").style.viewTransitionName = "none";
  name.style.viewTransitionName = "title";
});

document.querySelector(".rail .nav [aria-current]")?.scrollIntoView({ block: "nearest" }); // of a rail that is higher than the window

const command = document.getElementById("command");
if (command) {
  const { form } = command;
  const hits = document.getElementById("hits");
  const NUMBER = /^\s*((uid|em|wg\d\d):[0-9a-f: ]+|(?=.*\d)[0-9a-f]{8,20})\s*$/i; // never in an address
  let shown = ""; // the query whose results stand there
  let wait = 0;
  let asking = null; // what an act asks for, in place of the results
  const placeholder = command.placeholder;

  const options = () => [...hits.querySelectorAll("[role=option]:not([aria-disabled])")];
  const chosen = () => options().find((one) => one.getAttribute("aria-selected") === "true");
  const open = (is) => {
    hits.hidden = !is;
    command.setAttribute("aria-expanded", is);
    if (is && chosen()) command.setAttribute("aria-activedescendant", chosen().id);
    else command.removeAttribute("aria-activedescendant");
  };
  const choose = (one) => {
    for (const each of options()) each.setAttribute("aria-selected", each === one);
    one.scrollIntoView({ block: "nearest" });
    open(true);
  };
  const read = async (address) => {
    const answer = await fetch(address, { headers: { "HX-Request": "true" } });
    if (answer.status === 401) location.reload();
    return answer.ok ? answer.text() : null;
  };
  const ask = async () => {
    const query = command.value.trim();
    if (asking) return;
    if (!query || NUMBER.test(query)) { shown = ""; open(false); return; }
    const text = await read(`${form.action}?q=${encodeURIComponent(query)}`);
    if (text === null || asking || command.value.trim() !== query) return;
    hits.innerHTML = text;
    shown = query;
    open(document.activeElement === command);
  };
  // An act that needs a choice or a reason asks for it in the same place; what is typed is the answer.
  const question = async (address) => {
    const text = await read(address);
    if (text === null) return;
    hits.innerHTML = text;
    asking = { ...hits.firstElementChild.dataset, query: shown };
    command.value = "";
    command.placeholder = asking.ask ?? placeholder;
    command.focus();
    if (asking.ask) open(true);
    else choose(options()[0]);
  };
  const answer = () => {
    const form = document.getElementById("act");
    form.action = asking.href;
    form.replaceChildren(...form.querySelectorAll("[name=csrf_token], [name=next]"), Object.assign(document.createElement("input"), { type: "hidden", name: asking.field, value: command.value }));
    form.submit();
  };
  const no_question = () => {
    command.value = asking.query;
    command.placeholder = placeholder;
    asking = null;
    ask();
  };
  // By POST, so that a badge's number stands in no address: the server opens the only one.
  const send = () => {
    const to = document.createElement("form");
    to.method = "post";
    to.action = form.action;
    const token = document.querySelector("input[name=csrf_token]").value;
    for (const [name, value] of [["csrf_token", token], ["q", command.value]]) {
      to.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    }
    document.body.append(to);
    to.submit();
  };

  command.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(ask, 120); });
  command.addEventListener("focus", () => { if (asking || (shown && shown === command.value.trim())) open(true); });
  command.addEventListener("blur", () => setTimeout(() => { if (!hits.contains(document.activeElement)) open(false); }, 150));
  command.addEventListener("keydown", (event) => {
    const all = options();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && all.length && !hits.hidden) {
      event.preventDefault();
      const from = chosen() ? all.indexOf(chosen()) : Math.min(-step, 0);
      choose(all[(from + step + all.length) % all.length]);
    } else if (event.key === "Escape" && asking) {
      event.preventDefault();
      no_question();
    } else if (event.key === "Escape") open(false);
  });
  hits.addEventListener("click", ({ target }) => {
    const asked = target.closest("[data-question]");
    if (asked) question(asked.dataset.question);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (asking) {
      if (command.value.trim() && asking.ask) answer();
      else chosen()?.click();
      return;
    }
    if (!command.value.trim()) return;
    if (shown === command.value.trim() && chosen()) chosen().click();
    else send();
  });
  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    command.focus();
    command.select();
    if (!command.value) show_last();
  });
  // In the empty field stand the last places that were opened from it in this tab.
  const last = JSON.parse(sessionStorage.getItem("places") ?? "[]");
  const show_last = () => {
    if (!last.length) return;
    shown = "";
    hits.innerHTML = last.map(([, html]) => html).join("");
    options().forEach((one, at) => { one.id = `hit-${at + 1}`; one.setAttribute("aria-selected", "false"); });
    open(true);
  };
  hits.addEventListener("click", ({ target }) => {
    const place = target.closest("a[role=option]");
    if (!place) return;
    const others = last.filter(([path]) => path !== place.getAttribute("href"));
    sessionStorage.setItem("places", JSON.stringify([[place.getAttribute("href"), place.outerHTML], ...others].slice(0, 5)));
  });
} else if (!document.body.matches(".has-rail")) sessionStorage.removeItem("places"); // nobody is signed in
