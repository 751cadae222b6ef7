// One event stream a site for all tabs of a browser: browsers allow six connections to a host.
"use strict";

const EVERYTHING = JSON.stringify({ what: "everything" });
const streams = new Map(); // by address: its tabs, its source, what it last said, what came last

function tell(stream, message) {
  stream.last = message.kind === "change" ? stream.last : message;
  for (const port of stream.ports) port.postMessage(message);
}

function open(url, stream) {
  const address = new URL(url, self.location);
  if (stream.id) address.searchParams.set("after", stream.id);
  const source = stream.source = new EventSource(address);
  const heard = (told) => (event) => {
    stream.id = event.lastEventId || stream.id;
    if (told) tell(stream, { kind: "change", data: told(event) });
  };
  source.onopen = () => tell(stream, { kind: "open" });
  source.onerror = () => {
    tell(stream, { kind: "lost" });
    // The browser gives up for good on any answer but 200: ask again later ourselves.
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(() => { if (streams.get(url) === stream) open(url, stream); }, 3000);
    }
  };
  source.addEventListener("start", heard());
  source.addEventListener("change", heard((event) => event.data));
  source.addEventListener("reload", heard(() => EVERYTHING));
}

self.onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data: { kind, url } }) => {
    const known = streams.get(url);
    if (kind === "leave") {
      known?.ports.delete(port);
      if (known && !known.ports.size) { streams.delete(url); known.source.close(); }
    } else if (known) {
      known.ports.add(port);
      port.postMessage(known.last);
    } else {
      const stream = { ports: new Set([port]), last: { kind: "opening" }, id: "" };
      streams.set(url, stream);
      open(url, stream);
    }
  };
};
