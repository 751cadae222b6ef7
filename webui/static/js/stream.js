// Follow what changes: through the shared worker, or, where there is none, only while this tab is in front.
"use strict";

window.follow = function follow(element, heard) {
  const url = element.dataset.stream;
  if ("SharedWorker" in window) {
    const worker = new SharedWorker(element.dataset.worker, "loquet");
    worker.port.onmessage = ({ data }) => heard(data);
    worker.port.postMessage({ kind: "join", url });
    addEventListener("pagehide", () => worker.port.postMessage({ kind: "leave", url }));
    addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
    return;
  }
  let source = null; // it fetches everything when it opens again, so that it need not say what it had
  const turn = () => {
    if (document.hidden) { source?.close(); source = null; return; }
    if (source && source.readyState !== EventSource.CLOSED) return;
    source = new EventSource(url);
    source.onopen = () => heard({ kind: "open" });
    source.onerror = () => heard({ kind: "lost" });
    source.addEventListener("change", (event) => heard({ kind: "change", data: event.data }));
  };
  document.addEventListener("visibilitychange", turn);
  setInterval(turn, 3000);
  turn();
};

// Fetch a part of a page; a session that has ended sends the whole page to sign in.
window.part = async function part(url, options = {}) {
  const answer = await fetch(url, { ...options, headers: { "X-Loquet-Part": "1", ...options.headers } });
  if (answer.status === 401) { location.reload(); return null; }
  if (!answer.ok) throw new Error(answer.status === 409 ? await answer.text() : `${url}: ${answer.status}`);
  return new DOMParser().parseFromString(await answer.text(), "text/html").body;
};

// Run a task when asked; asked again meanwhile, run it once more afterwards.
window.once = function once(task, failed) {
  let running = false, again = false;
  return async () => {
    if (running) { again = true; return; }
    running = true;
    do { again = false; await task().catch(failed); } while (again);
    running = false;
  };
};

// Make `now` look like `next` without losing the focus: unchanged children with an id stay as they are.
window.patch = function patch(now, next, changed = () => {}) {
  if (bare(now.innerHTML) === bare(next.innerHTML)) return;
  const focus = document.activeElement?.id;
  const old = new Map([...now.querySelectorAll("[id]")].map((one) => [one.id, one]));
  for (const one of [...next.querySelectorAll("article[id], section[id], .alarm[id]")]) {
    const before = old.get(one.id);
    if (before && same(before, one)) { before.classList.remove("just-changed"); one.replaceWith(before); }
    else changed(one, before ?? null);
  }
  now.replaceChildren(...next.childNodes);
  if (focus && document.activeElement?.id !== focus) document.getElementById(focus)?.focus();
};

function same(before, after) {
  const copy = before.cloneNode(true);
  copy.classList.remove("just-changed");
  return bare(copy.outerHTML) === bare(after.outerHTML);
}

// Form tokens differ at each answer and mean nothing to a reader.
function bare(html) {
  return html.replace(/name="(csrf_token|badge)" value="[^"]*"/g, "").trim();
}
