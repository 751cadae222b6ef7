"""A minimal subscriber for events, as the floor for the hub.

It verifies the same signatures, inserts the same rows, and acknowledges them, but checks no
permissions and makes no sessions from them. Its argument is the controller's configuration; it
prints `ready`, and, when standard input ends, the number of rows.
"""

import queue
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from controller.domain.time import Utc
from controller.hub.event_writer import COLUMNS
from controller.kernel.database import wall_clock
from controller.kernel.journal import TYPES
from controller.settings import Settings
from controller.settings.reading import load
from controller.store.packed_event import head_of, id_numbers, pack
from controller.wire.base64url import b64decode
from controller.wire.codec import encode
from controller.wire.journal_bytes import decode_event, event_hash
from controller.wire.link import IncomingMessage, PahoLink
from controller.wire.messages import EventAck
from controller.wire.signatures import Signature, Signer, verify
from controller.wire.topics import Topics

GROUP = 240
"""Most messages that are committed together: as many as the hub commits."""
_NUMBERS = {name: number for number, name in enumerate(TYPES)}


class _Batch(msgspec.Struct):
    stream: str
    events: list[msgspec.Raw]


@dataclass
class BareSubscriber:
    """The subscriber. Its database has only the table of events, with its indexes."""

    db: sqlite3.Connection
    keys: dict[str, bytes]
    site: str
    link: PahoLink
    inbox: "queue.SimpleQueue[IncomingMessage | None]" = field(default_factory=queue.SimpleQueue)
    rows: int = 0

    def run(self) -> None:
        """Store and acknowledge messages until None arrives in `inbox`."""
        insert = (
            f"INSERT OR IGNORE INTO event ({', '.join(COLUMNS)})"  # noqa: S608  names of ours
            f" VALUES ({', '.join('?' * len(COLUMNS))})"
        )
        for group in self._groups():
            acks: list[tuple[str, bytes]] = []
            rows = [row for message in group for row in self._rows(message, acks)]
            self.db.execute("BEGIN IMMEDIATE")
            self.rows += self.db.executemany(insert, rows).rowcount
            self.db.execute("COMMIT")
            for topic, ack in acks:
                self.link.publish(topic, ack)

    def _groups(self) -> Iterator[list[IncomingMessage]]:
        while (message := self.inbox.get()) is not None:
            group = [message]
            while len(group) < GROUP and not self.inbox.empty():
                if (next_message := self.inbox.get()) is None:
                    yield group
                    return
                group.append(next_message)
            yield group

    def _rows(
        self, message: IncomingMessage, acks: list[tuple[str, bytes]]
    ) -> Iterator[tuple[int | bytes | bool | None, ...]]:
        agent = message.topic.split("/")[4]
        signature = Signature(message.kid or "", message.sig or "")
        if not verify(self.keys[agent], message.topic, message.payload, signature):
            return
        batch, now = msgspec.json.decode(message.payload, type=_Batch), wall_clock()
        seq = 0
        for raw in batch.events:
            sealed = decode_event(bytes(raw))
            seq = max(seq, sealed.seq)
            yield _row(sealed.event, sealed.seq, sealed.prev_hash, bytes(raw), now)
        ack = EventAck(at=now, stream=batch.stream, through=seq)
        acks.append((Topics(self.site).agent_ack(agent), encode(ack)))


def _row(
    event: object, seq: int, prev_hash: str, raw: bytes, now: Utc
) -> tuple[int | bytes | bool | None, ...]:
    kind = str(event.__struct_config__.tag)  # type: ignore[attr-defined]
    id_, boot, mono, at, point = (
        getattr(event, name) for name in ("event_id", "boot_id", "mono_ms", "at", "access_point")
    )
    head = head_of(kind, seq, id_, boot, mono, at, point)
    high, low = id_numbers(id_)
    digest, before = bytes.fromhex(event_hash(raw)), bytes.fromhex(prev_hash)
    times = (mono, at.millis(), None, None, now.millis())
    # stream, site, access point and boot: any number costs the same
    references = (1, 1, 1, 1, _NUMBERS[kind], False, False)
    return (high, low, seq, *times, *references, digest, before, pack(raw, head, prev_hash))


def empty_copy(settings: Settings, file: Path) -> sqlite3.Connection:
    """Create a database with the controller's table of events, as durable as the controller's."""
    origin = sqlite3.connect(settings.database.url.partition(":///")[2])
    with closing(origin):
        statements = origin.execute(
            "SELECT sql FROM sqlite_master WHERE tbl_name = 'event' AND type IN ('table', 'index')"
            " AND sql IS NOT NULL ORDER BY type DESC"
        ).fetchall()
    db = sqlite3.connect(file, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    for (sql,) in statements:
        db.execute(sql)
    return db


def _keys(settings: Settings) -> dict[str, bytes]:
    with closing(sqlite3.connect(settings.database.url.partition(":///")[2])) as db:
        query = "SELECT id, public_key FROM agent WHERE public_key IS NOT NULL"
        return {name: b64decode(key) for name, key in db.execute(query)}


def main(config: str) -> None:
    """Serve until standard input ends."""
    settings, file = load(Path(config)), Path(config).with_name("bare.db")
    mqtt, site = settings.mqtt, settings.site.id
    link = PahoLink(
        host=mqtt.hub_host,
        port=mqtt.port,
        ca=Path(mqtt.ca),
        cert=Path(mqtt.cert),
        key=Path(mqtt.key),
        client_id="hub-main",
        signer=Signer.load(Path(mqtt.key)),
    )
    bare = BareSubscriber(empty_copy(settings, file), _keys(settings), site, link)
    link.on_message(bare.inbox.put)
    link.on_connection(lambda is_up: print("ready", flush=True) if is_up else None)
    link.subscribe(f"loquet/1/{site}/agents/+/events")
    link.start()

    def wait_for_end() -> None:
        sys.stdin.read()
        bare.inbox.put(None)

    threading.Thread(target=wait_for_end, daemon=True).start()
    bare.run()
    link.stop()
    bare.db.close()
    print(bare.rows, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
