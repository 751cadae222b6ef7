// One event stream for all tabs of a browser, whatever their sites: browsers allow six connections to a host.
const ports = new Map(); // of each tab the address of its own stream: /live?site=…
let source = null;
let last = { kind: "opening" };

const siteOf = (url) => new URL(url, location).searchParams.get("site");

function tell(message) {
  last = message;
  for (const port of ports.keys()) port.postMessage(message);
}

function open() {
  source?.close();
  const sites = new Set([...ports.values()].map(siteOf));
  const url = new URL([...ports.values()][0], location);
  url.search = new URLSearchParams([...sites].map((site) => ["site", site]));
  source = new EventSource(url);
  source.onopen = () => tell({ kind: "open" });
  source.onerror = () => {
    tell({ kind: "lost" });
    // The browser gives up for good on any answer but 200: ask again later ourselves.
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(() => { if (ports.size) open(); else source = null; }, 3000);
    }
  };
  source.addEventListener("change", ({ data }) => {
    const { site } = JSON.parse(data);
    for (const [port, mine] of ports) if (siteOf(mine) === site) port.postMessage({ kind: "change", data });
  });
}

self.onconnect = (event) => {
  const port = event.ports[0];
  port.onmessage = ({ data }) => {
    if (data.kind === "leave") {
      ports.delete(port);
      if (!ports.size && source) { source.close(); source = null; }
      return;
    }
    ports.set(port, data.url);
    const followed = source && new URL(source.url).searchParams.getAll("site").includes(siteOf(data.url));
    if (followed) port.postMessage(last);
    else open();
  };
};
