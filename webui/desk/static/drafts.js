// What stands typed in the desk's fields outlives what opens meanwhile: kept in this tab, given back once, gone when sent.
"use strict";
{
  const KEPT = "desk-drafts";
  const FOR = 15 * 60_000; // ms; whoever comes later did not type it
  const NUMBER = /^\s*((uid|em|wg\d\d):|(?=.*\d)[0-9a-f]{8})[0-9a-f: ]*$/i; // of a badge: never kept
  const fields = () => [...document.querySelectorAll("[data-draft]")];
  const begun = document.getElementById("begun"); // the line that adds somebody, where nothing else asks for it
  const first = new Map(fields().map((one) => [one.id, one.value]));
  const sent = new WeakSet();
  const now = Date.now();
  const { who } = document.getElementById("now").dataset;
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
  const { drafts = {}, focus } = kept.who === who ? kept : {};
  sessionStorage.removeItem(KEPT);

  for (const [id, { text, at }] of Object.entries(drafts)) {
    const one = document.getElementById(id);
    if (now - at > FOR) { delete drafts[id]; continue; }
    if (!one) continue; // on another page it has its place
    delete drafts[id];
    if (one.type === "text" && one.value) continue; // the page knows better
    one.value = text;
    if (begun?.contains(one)) begun.hidden = false;
    if (id === focus) { one.focus({ preventScroll: true }); if (one.type === "text") one.setSelectionRange(text.length, text.length); }
  }

  addEventListener("submit", ({ target }) => {
    sent.add(target);
    if (target.action.includes("/sign-out")) fields().forEach(({ form }) => sent.add(form));
  });
  addEventListener("pagehide", () => {
    for (const one of fields()) {
      const { id, value, form } = one;
      if (sent.has(form) || !value || value === first.get(id) || NUMBER.test(value)) continue;
      drafts[id] = { text: value, at: Date.now() };
    }
    if (!Object.keys(drafts).length) return;
    sessionStorage.setItem(KEPT, JSON.stringify({ who, drafts, focus: document.activeElement?.id }));
  });
}
