// One event stream for all tabs of a browser, whatever their sites: browsers allow six connections to a host.
"use strict";

const tabs = new Map(); // by port the address of the tab's own stream, /live?site=…
let source = null;
let id = ""; // how far the stream was, at each site
let last = { kind: "opening" };

const siteOf = (url) => new URL(url, self.location).searchParams.get("site");

function tell(message) {
  last = message;
  for (const port of tabs.keys()) port.postMessage(message);
}

function open() {
  source?.close();
  const address = new URL([...tabs.values()][0], self.location);
  address.search = new URLSearchParams([...new Set(tabs.values())].map((url) => ["site", siteOf(url)]));
  if (id) address.searchParams.set("after", id);
  const mine = source = new EventSource(address);
  const heard = (told) => (event) => {
    id = event.lastEventId || id;
    told(event.data);
  };
  source.onerror = () => {
    tell({ kind: "lost" });
    // The browser gives up for good on any answer but 200: ask again later ourselves.
    if (mine.readyState === EventSource.CLOSED) setTimeout(() => { if (source === mine) open(); }, 3000);
  };
  source.addEventListener("start", heard(() => tell({ kind: "open", id })));
  source.addEventListener("reload", heard(() => tell({ kind: "open" }))); // too much was missed to be told
  source.addEventListener("change", heard((data) => pass(data, (site) => site === JSON.parse(data).site)));
}

function pass(data, wanted) {
  for (const [port, url] of tabs) if (wanted(siteOf(url))) port.postMessage({ kind: "change", data });
}

self.onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data: { kind, url } }) => {
    if (kind === "leave") {
      tabs.delete(port);
      if (!tabs.size) { source?.close(); source = null; }
      return;
    }
    const followed = source && [...tabs.values()].includes(url);
    tabs.set(port, url);
    if (followed) port.postMessage(last.kind === "open" ? { kind: "open", id } : last);
    else open();
  };
};
