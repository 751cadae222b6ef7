"""An agent by strangers: written from docs/protocol.md alone, and importing nothing of Loquet."""

import base64
import hashlib
import hmac
import json
import os
import ssl
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.x509.oid import NameOID
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

MAX_BATCH, MAX_UNACKNOWLEDGED = 100, 4
PATIENCE_S = 180.0
"""How long anything may take before the other side counts as broken."""


class Refused(Exception):
    """The other side is not what it claims to be, or does not do what the protocol says."""


def b64encode(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def b64decode(text: str) -> bytes:
    """The bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def uuid7() -> str:
    """A UUIDv7 (RFC 9562): milliseconds, version, random bits."""
    number = int.from_bytes((time.time_ns() // 1_000_000).to_bytes(6, "big") + os.urandom(10))
    number = number & ~(0xF << 76) | 0x7 << 76
    return str(uuid.UUID(int=number & ~(0b11 << 62) | 0b10 << 62))


def utc_now() -> str:
    """`YYYY-MM-DDTHH:MM:SS.mmmZ`."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def dumps(value: Mapping[str, Any]) -> bytes:
    """A JSON object in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def raw_key(key: Any) -> bytes:
    """The 32 bytes of an Ed25519 public key."""
    if not isinstance(key, Ed25519PublicKey):
        raise Refused(f"not an Ed25519 key: {key}")
    return key.public_bytes_raw()


def signed_bytes(topic: str, payload: bytes) -> bytes:
    """What a signature is over."""
    return b"loquet/1\n" + topic.encode() + b"\n" + payload


def key_id(public_key: bytes) -> str:
    """The `kid` of a public key; also what a claim code ends with."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def holder_key(credential_key: bytes, credential: str) -> str:
    """The credential HMAC."""
    return b64encode(hmac.digest(credential_key, credential.encode("ascii"), "sha256"))


@dataclass(frozen=True)
class Identity:
    """What a claim brought."""

    key: Ed25519PrivateKey
    agent: str
    site: str
    certificate: str
    ca: str
    host: str
    port: int
    hub_keys: dict[str, bytes]
    credential_key: bytes

    def sign(self, topic: str, payload: bytes) -> list[tuple[str, str]]:
        """The user properties that sign a message."""
        signature = b64encode(self.key.sign(signed_bytes(topic, payload)))
        return [("kid", key_id(self.key.public_key().public_bytes_raw())), ("sig", signature)]


def claim(url: str, code: str) -> Identity:
    """Exchange a claim code for a certificate. Raises Refused if the CA is not the code's."""
    key = Ed25519PrivateKey.generate()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ignored")])
    csr = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, None)
    pem = csr.public_bytes(serialization.Encoding.PEM).decode()
    answer = post(f"{url}/api/v1/agents/claim", {"claim_code": code, "csr": pem})
    check_ca(answer["ca"], code)
    check_certificate(answer["certificate"], answer["ca"], answer["agent_id"], key)
    return Identity(
        key=key,
        agent=answer["agent_id"],
        site=answer["site_id"],
        certificate=answer["certificate"],
        ca=answer["ca"],
        host=answer["mqtt"]["host"],
        port=answer["mqtt"]["port"],
        credential_key=b64decode(answer["credential_key"]),
        hub_keys={
            hub_key["kid"]: b64decode(hub_key["public_key"]) for hub_key in answer["hub_keys"]
        },
    )


def post(url: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """POST JSON, with no token."""
    headers = {"Content-Type": "application/json"}
    if not url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise Refused(f"{url}: https is asked for, but on loopback")
    request = urllib.request.Request(url, dumps(body), headers, method="POST")  # noqa: S310
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as response:  # noqa: S310
        answer: dict[str, Any] = json.load(response)
    return answer


def check_ca(ca: str, code: str) -> None:
    """The CA's key must have the digits at the end of the claim code."""
    public_key = raw_key(x509.load_pem_x509_certificate(ca.encode()).public_key())
    if key_id(public_key) != code[-16:]:
        raise Refused("another CA than the one in the claim code")


def check_certificate(certificate: str, ca: str, agent: str, key: Ed25519PrivateKey) -> None:
    """The certificate must be the CA's, for our key and our id, and hold without a clock."""
    found = x509.load_pem_x509_certificate(certificate.encode())
    found.verify_directly_issued_by(x509.load_pem_x509_certificate(ca.encode()))
    names = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if [name.value for name in names] != [agent]:
        raise Refused(f"a certificate for {names}")
    if raw_key(found.public_key()) != key.public_key().public_bytes_raw():
        raise Refused("a certificate for another key")
    if found.not_valid_before_utc > datetime(2020, 1, 1, tzinfo=UTC):
        raise Refused("a Pi without a clock could not connect with this certificate")


@dataclass(frozen=True)
class Message:
    """A message as it came."""

    topic: str
    payload: bytes
    properties: tuple[tuple[str, str], ...] = ()

    @property
    def value(self) -> dict[str, Any]:
        """The JSON object."""
        found: dict[str, Any] = json.loads(self.payload)
        return found


def check_signature(message: Message, keys: Mapping[str, bytes]) -> None:
    """Raises Refused unless exactly one kid and one sig are a trusted key's over this message."""
    kids = [value for name, value in message.properties if name == "kid"]
    sigs = [value for name, value in message.properties if name == "sig"]
    if len(kids) != 1 or len(sigs) != 1:
        raise Refused("not exactly one kid and one sig")
    if kids[0] not in keys:
        raise Refused(f"key {kids[0]} is not a hub's")
    public_key = Ed25519PublicKey.from_public_bytes(keys[kids[0]])
    try:
        public_key.verify(b64decode(sigs[0]), signed_bytes(message.topic, message.payload))
    except (InvalidSignature, ValueError) as error:
        raise Refused("the signature does not hold") from error


@dataclass
class Policy:
    """The rows of a site."""

    epoch: int = 0
    version: int = 0
    rows: dict[tuple[str, str], tuple[int, Any]] = field(default_factory=dict)
    total: int = 0

    @property
    def digest(self) -> str:
        """Kept incrementally: sum of SHA-256(table LF key LF version) modulo 2^256."""
        return f"{self.total:064x}"

    @property
    def holders(self) -> dict[str, Any]:
        """Those who hold a credential, by HMAC."""
        return {
            key: value
            for (table, key), (_, value) in self.rows.items()
            if table == "holder" and value is not None
        }

    def put(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take rows that are newer than ours."""
        for row in rows:
            name, version = (row["table"], row["key"]), row["version"]
            old = self.rows.get(name, (0, None))[0]
            if version <= old:
                continue
            self.total += _term(*name, version) - (_term(*name, old) if old else 0)
            self.total %= 1 << 256
            self.rows[name] = (version, row["value"])


def _term(table: str, key: str, version: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{table}\n{key}\n{version}".encode()).digest())


@dataclass
class Journal:
    """A stream: the bytes of its events, each with the hash of the one before."""

    boot_id: str
    stream: str = field(default_factory=uuid7)
    events: list[bytes] = field(default_factory=list)

    def add(self, kind: str, access_point: str | None = None, **own: Any) -> int:
        """Write one event, and return its number."""
        before = hashlib.sha256(self.events[-1]).hexdigest() if self.events else "0" * 64
        head = {
            "type": kind,
            "seq": len(self.events) + 1,
            "event_id": uuid7(),
            "boot_id": self.boot_id,
            "mono_ms": mono_ms(),
            "at": utc_now(),
            "clock_trusted": True,
            "access_point": access_point,
        }
        self.events.append(dumps(head | own | {"prev_hash": before}))
        return len(self.events)

    def batch(self, numbers: Iterable[int]) -> bytes:
        """An `event_batch` of these events, in their own bytes."""
        head = dumps(
            {
                "kind": "event_batch",
                "v": 1,
                "stream": self.stream,
                "boot_id": self.boot_id,
                "sent_at": utc_now(),
                "sent_mono_ms": mono_ms(),
                "events": [],
            }
        )
        events = b",".join(self.events[number - 1] for number in numbers)
        return head.removesuffix(b"]}") + events + b"]}"


def mono_ms() -> int:
    """Milliseconds of the monotonic clock."""
    return time.monotonic_ns() // 1_000_000


@dataclass
class Acknowledged:
    """What the hub has said of a stream."""

    through: int = 0
    also: list[list[int]] = field(default_factory=list)
    rejected: dict[int, str] = field(default_factory=dict)
    fork: bool = False
    times: int = 0

    def take(self, ack: Mapping[str, Any]) -> None:
        """Take an `event_ack`."""
        self.through, self.also = ack["through"], ack["also"]
        self.rejected |= {event["seq"]: event["reason"] for event in ack["rejected"]}
        self.fork |= ack["fork"]
        self.times += 1

    def covers(self, number: int) -> bool:
        """Whether an event is committed."""
        return number <= self.through or any(first <= number <= last for first, last in self.also)


class ForeignAgent:
    """A connection to the broker, a policy, and what the hub acknowledged."""

    def __init__(self, identity: Identity, folder: Path) -> None:
        self.identity = identity
        self.boot_id = str(uuid.uuid4())
        self.policy = Policy()
        self.head: dict[str, Any] = {}
        self.heard: list[Message] = []
        self.refused: list[tuple[Message, str]] = []
        self.acks: dict[str, Acknowledged] = {}
        self.commands: list[dict[str, Any]] = []
        self.published: dict[int, int] = {}
        self.page_patience_s = PATIENCE_S
        """How long it waits for a page; the protocol asks again after 5 s."""
        self._changed = threading.Condition()
        self._pages: dict[str, dict[str, Any]] = {}
        self._subscribed: set[int] = set()
        self._up = False
        self._client = self._make_client(folder)

    def topic(self, end: str, agent: str | None = None) -> str:
        """A topic of an agent, by default our own."""
        return f"loquet/1/{self.identity.site}/agents/{agent or self.identity.agent}/{end}"

    def connect(self) -> None:
        """Connect, subscribe, and say that we are here."""
        self._client.connect(self.identity.host, self.identity.port, clean_start=True)
        self._client.loop_start()
        self.wait_for(lambda: self._up)
        self.subscribe(f"loquet/1/{self.identity.site}/policy/#")
        for end in ("ack", "policy", "command"):
            self.subscribe(self.topic(end))
        self.say("status", self._status(online=True), retain=True)

    def tls_version(self) -> str | None:
        """What the broker and we agreed on."""
        found: Any = self._client.socket()
        version: str | None = found.version()
        return version

    def close(self) -> None:
        """Leave in good order."""
        self.say("status", self._status(online=False), retain=True)
        self._client.disconnect()
        self._client.loop_stop()

    def subscribe(self, topic: str) -> None:
        """Subscribe, and wait until the broker has said so."""
        _, number = self._client.subscribe(topic, qos=1)
        self.wait_for(lambda: number in self._subscribed)

    def wait_for(self, true: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
        """Wait until something has become true. Raises Refused when it does not."""
        with self._changed:
            if not self._changed.wait_for(true, patience_s):
                raise Refused(f"nothing came within {patience_s:g} s")

    def look_again(self) -> None:
        """Wake who waits: something has become true that no message tells."""
        with self._changed:
            self._changed.notify_all()

    def say(self, end: str, value: Mapping[str, Any], *, retain: bool = False) -> int:
        """Publish a message of our own, signed, and return the broker's reason code."""
        return self.publish(self.topic(end), dumps(value), retain=retain)

    def publish(
        self,
        topic: str,
        payload: bytes,
        signed: list[tuple[str, str]] | None = None,
        *,
        retain: bool = False,
    ) -> int:
        """Publish, and return the broker's reason code: 0 taken, 16 nobody there, 135 refused."""
        properties = Properties(PacketTypes.PUBLISH)
        properties.UserProperty = self.identity.sign(topic, payload) if signed is None else signed
        number = self._client.publish(topic, payload, 1, retain, properties).mid
        self.wait_for(lambda: number in self.published)
        return self.published[number]

    def sync(self) -> list[int]:
        """Get in step with the newest head; returns how many rows each page had."""
        pages = self._pages_since(self.policy)
        sizes = [len(page["rows"]) for page in pages]
        lowest = min(page["to_version"] for page in pages)
        with self._changed:
            mine = self.policy
            fresh = Policy(pages[0]["epoch"]) if pages[0]["snapshot"] else mine
            for page in pages:
                fresh.put(page["rows"])
            fresh.version = max(lowest, fresh.version)
            self.policy = fresh
        self.wait_for(lambda: self.in_step() or self._is_behind())
        return sizes if self.in_step() else sizes + self.sync()

    def in_step(self) -> bool:
        """Whether the newest head says what we hold, by its digest too."""
        mine = (self.policy.epoch, self.policy.version, self.policy.digest)
        return tuple(self.head.get(name) for name in ("epoch", "version", "digest")) == mine

    def _is_behind(self) -> bool:
        mine = (self.policy.epoch, self.policy.version)
        return bool(self.head) and (self.head["epoch"], self.head["version"]) > mine

    def acknowledged(self, stream: str) -> Acknowledged:
        """What the hub has said of a stream so far."""
        return self.acks.setdefault(stream, Acknowledged())

    def send(self, journal: Journal, batches: Iterable[list[int]]) -> None:
        """Send batches, never more than 4 of them unacknowledged; wait for the last."""
        known = self.acknowledged(journal.stream)
        open_: list[tuple[int, list[int]]] = []

        def settled() -> bool:
            open_[:] = [
                pair
                for pair in open_
                if known.times <= pair[0] or not all(map(known.covers, pair[1]))
            ]
            return len(open_) < limit

        limit = MAX_UNACKNOWLEDGED
        for numbers in batches:
            open_.append((known.times, numbers))
            self.publish(self.topic("events"), journal.batch(numbers))
            self.wait_for(settled)
        limit = 1
        self.wait_for(settled)

    def _pages_since(self, policy: Policy) -> list[dict[str, Any]]:
        pages = [self._page(policy, None)]
        while pages[-1]["next"] is not None:
            pages.append(self._page(policy, pages[-1]["next"]))
            if pages[-1]["epoch"] != pages[0]["epoch"]:
                return self._pages_since(policy)
        return pages

    def _page(self, policy: Policy, after: str | None) -> dict[str, Any]:
        request = uuid7()
        self.say(
            "sync",
            {
                "kind": "sync_request",
                "v": 1,
                "request_id": request,
                "epoch": policy.epoch,
                "since": policy.version,
                "after": after,
            },
        )
        self.wait_for(lambda: request in self._pages, self.page_patience_s)
        return self._pages.pop(request)

    def _make_client(self, folder: Path) -> Client:
        mine = self.identity
        key = mine.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        (folder / "key.pem").write_bytes(key)
        (folder / "certificate.pem").write_text(mine.certificate)
        context = ssl.create_default_context(cadata=mine.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
        client = Client(
            CallbackAPIVersion.VERSION2, client_id=mine.agent, protocol=MQTTProtocolVersion.MQTTv5
        )
        client.tls_set_context(context)
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        last = dumps(self._status(online=False))
        properties = Properties(PacketTypes.WILLMESSAGE)
        properties.UserProperty = mine.sign(self.topic("status"), last)
        client.will_set(self.topic("status"), last, 1, retain=True, properties=properties)
        return client

    def _status(self, *, online: bool) -> dict[str, Any]:
        return {
            "kind": "agent_status",
            "v": 1,
            "online": online,
            "boot_id": self.boot_id,
            "connection": 1,
            "version": "foreign-1",
            "protocols": [1],
            "epoch": self.policy.epoch,
            "policy_version": self.policy.version,
            "stream": None,
            "started_at": utc_now(),
        }

    def _on_connect(self, _client: Any, _data: Any, _flags: Any, reason: Any, _p: Any) -> None:
        with self._changed:
            self._up = not reason.is_failure
            self._changed.notify_all()

    def _on_subscribe(self, _client: Any, _data: Any, number: int, _r: Any, _p: Any) -> None:
        with self._changed:
            self._subscribed.add(number)
            self._changed.notify_all()

    def _on_publish(self, _client: Any, _data: Any, number: int, reason: Any, _p: Any) -> None:
        with self._changed:
            self.published[number] = reason.value
            self._changed.notify_all()

    def _on_message(self, _client: Any, _data: Any, came: MQTTMessage) -> None:
        properties = getattr(came.properties, "UserProperty", [])
        message = Message(came.topic, bytes(came.payload), tuple(properties))
        with self._changed:
            try:
                check_signature(message, self.identity.hub_keys)
                self._take(message)
            except (Refused, KeyError, ValueError) as error:
                self.refused.append((message, str(error)))
            self._changed.notify_all()

    def _take(self, message: Message) -> None:
        self.heard.append(message)
        value = message.value
        if value["kind"] == "policy_head":
            if (value["epoch"], value["version"]) < (self.policy.epoch, self.policy.version):
                raise Refused("an older head")
            self.head = value
        elif value["kind"] == "policy_delta":
            self._take_delta(value)
        elif value["kind"] == "policy_page":
            self._pages[value["request_id"]] = value
        elif value["kind"] == "event_ack":
            self.acknowledged(value["stream"]).take(value)
        elif value["kind"] == "command":
            self.commands.append(value)

    def _take_delta(self, delta: Mapping[str, Any]) -> None:
        mine = (self.policy.epoch, self.policy.version)
        if (delta["epoch"], delta["from_version"]) == mine and delta["to_version"] > mine[1]:
            self.policy.put(delta["rows"])
            self.policy.version = delta["to_version"]
