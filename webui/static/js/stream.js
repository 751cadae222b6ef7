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
