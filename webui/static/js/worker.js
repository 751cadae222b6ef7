// One event stream for all tabs of a browser: browsers allow six connections to a host.
const ports = new Set();
let source = null;
let last = { kind: "opening" };

function tell(message) {
  last = message.kind === "change" ? last : message;
  for (const port of ports) port.postMessage(message);
}

function open(url) {
  source = new EventSource(url);
  source.onopen = () => tell({ kind: "open" });
  source.onerror = () => {
    tell({ kind: "lost" });
    // The browser gives up for good on any answer but 200: ask again later ourselves.
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(() => { if (ports.size) open(url); else source = null; }, 3000);
    }
  };
  source.addEventListener("change", (event) => tell({ kind: "change", data: event.data }));
}

self.onconnect = (event) => {
  const port = event.ports[0];
  ports.add(port);
  port.onmessage = ({ data }) => {
    if (data.kind === "leave") {
      ports.delete(port);
      if (!ports.size && source) { source.close(); source = null; }
    } else if (!source) {
      open(data.url);
    } else {
      port.postMessage(last);
    }
  };
};
