// Follow what changes: through the shared worker, or, where there is none, only while this tab is in front.
"use strict";

// An evacuation that starts or ends elsewhere shows at the top of the page, without a new one.
const banner = document.getElementById("evacuation");
async function show_evacuation() {
  const going = banner.querySelector("a.is-on") !== null;
  const answer = await fetch(`${banner.dataset.href}?going=${going ? "yes" : "no"}`, { headers: { "HX-Request": "true" } });
  if (answer.status !== 200) return; // 204: it stands there already
  banner.innerHTML = await answer.text();
  document.getElementById("urgent").textContent = banner.querySelector("a.is-on")?.textContent ?? "";
}

window.follow = function follow(element, told) {
  const url = element.dataset.stream;
  let was_open = false; // the page has just come when the stream opens first
  const heard = (message) => {
    const { kind, data } = message;
    const is_back = kind === "open" && was_open;
    was_open ||= kind === "open";
    if (banner && (is_back || (kind === "change" && JSON.parse(data).what === "evacuation"))) show_evacuation().catch(() => {});
    told(message);
  };
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
