"""Signing, keys, ids, digest, base64url and topics, against known answers."""

import hashlib
import os
import stat
import threading
import uuid
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from controller.domain.ids import CredentialId
from controller.wire import topics
from controller.wire.base64url import b64decode, b64encode
from controller.wire.digest import PolicyDigest
from controller.wire.errors import WireError
from controller.wire.ids import uuid7
from controller.wire.keys import holder_key
from controller.wire.rows import Row
from controller.wire.signatures import Signature, Signer, kid_of, signed_bytes, verify
from controller.wire.topics import Channel, Topic, Topics
from controller.wire.values import removed_row


def test_the_signature_is_rfc_8032_over_prefix_topic_and_payload() -> None:
    """Key of RFC 8032, 7.1, TEST 1."""
    secret = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    signer = Signer(Ed25519PrivateKey.from_private_bytes(secret))
    assert signer.public_key_bytes.hex() == (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    )
    assert signer.kid == hashlib.sha256(signer.public_key_bytes).hexdigest()[:16]
    assert signed_bytes("a/b", b"{}") == b"loquet/1\na/b\n{}"
    signature = signer.sign("a/b", b"{}")
    expected = signer.private_key.sign(b"loquet/1\na/b\n{}")
    assert (signature.kid, b64decode(signature.sig)) == (signer.kid, expected)
    assert verify(signer.public_key_bytes, "a/b", b"{}", signature)


@pytest.mark.parametrize(
    ("topic", "payload", "kid", "sig"),
    [
        ("a/c", b"{}", None, None),
        ("a/b", b"{ }", None, None),
        ("a", b"b\n{}", None, None),
        ("a/b", b"{}", "0" * 16, None),
        ("a/b", b"{}", "", None),
        ("a/b", b"{}", None, ""),
        ("a/b", b"{}", None, "="),
        ("a/b", b"{}", None, "é" * 86),
        ("a/b", b"{}", None, "A" * 86),
        ("a/b", b"{}", None, "A" * 10_000),
    ],
)
def test_anything_else_does_not_verify(
    topic: str, payload: bytes, kid: str | None, sig: str | None
) -> None:
    signer = Signer.generate()
    good = signer.sign("a/b", b"{}")
    tried = Signature(good.kid if kid is None else kid, good.sig if sig is None else sig)
    assert not verify(signer.public_key_bytes, topic, payload, tried)


def test_another_key_does_not_verify() -> None:
    signer, other = Signer.generate(), Signer.generate()
    signature = signer.sign("a/b", b"{}")
    assert not verify(other.public_key_bytes, "a/b", b"{}", signature)
    forged = Signature(other.kid, signature.sig)
    assert not verify(other.public_key_bytes, "a/b", b"{}", forged)
    assert not verify(b"short", "a/b", b"{}", Signature(kid_of(b"short"), signature.sig))


def test_a_key_is_saved_for_its_owner_only_and_comes_back(tmp_path: Path) -> None:
    path, signer = tmp_path / "agent.key", Signer.generate()
    path.write_text("old, and readable by all")
    os.chmod(path, 0o644)
    signer.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Signer.load(path).kid == signer.kid
    assert [entry.name for entry in tmp_path.iterdir()] == ["agent.key"]


def test_a_file_with_another_kind_of_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.key"
    pem = X25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    path.write_bytes(pem)
    with pytest.raises(ValueError, match=r"x\.key: not an Ed25519 private key"):
        Signer.load(path)


def test_a_broken_key_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.key"
    path.write_text("nonsense")
    with pytest.raises(ValueError, match=r"x\.key: "):
        Signer.load(path)


def test_the_holder_key_is_hmac_sha_256() -> None:
    """Computed with `openssl dgst -sha256 -mac HMAC`."""
    key = holder_key(bytes(range(32)), CredentialId("uid:04A1B2C3D4E5F6"))
    assert key == "NR23XRqmfUO39ofatNknbE7qiAeO5rLvF0yGyx7OGRU"


@pytest.mark.parametrize("text", ["YQ==", "YR", "Y", "a+b_", "a/bc", "é", "YQ\n", " YQ"])
def test_base64url_has_one_spelling(text: str) -> None:
    assert b64decode(b64encode(b"a")) == b"a"
    with pytest.raises(ValueError, match="not base64url without padding"):
        b64decode(text)


def test_a_uuid7_has_its_time_version_and_variant() -> None:
    before = uuid.UUID(uuid7())
    assert (before.version, before.variant) == (7, uuid.RFC_4122)
    far = 2**46
    made = uuid.UUID(uuid7(far))
    assert made.int >> 80 == far
    assert uuid.UUID(uuid7(1)).int > made.int, "a clock that steps back does not reorder"


def test_uuid7s_rise_and_never_repeat_across_threads() -> None:
    found: list[list[str]] = [[] for _ in range(4)]

    def make(part: list[str]) -> None:
        part.extend(uuid7() for _ in range(3000))

    threads = [threading.Thread(target=make, args=(part,)) for part in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(part == sorted(part) for part in found)
    assert len({one for part in found for one in part}) == 12_000


def test_the_digest_is_the_sum_over_rows_in_any_order() -> None:
    rows = [("zone", "a", 1), ("holder", "b", 2), ("zone", "c", 3)]
    expected = sum(
        int.from_bytes(hashlib.sha256(f"{table}\n{key}\n{version}".encode()).digest())
        for table, key, version in rows
    )
    digest, other = PolicyDigest(), PolicyDigest()
    for row in rows:
        digest.add(*row)
    for table, key, version in reversed(rows):
        other.replace(table, key, None, version)
    assert digest.text == other.text == f"{expected % 2**256:064x}"
    other.replace("zone", "a", 1, 4)
    digest.remove("zone", "a", 1)
    digest.add("zone", "a", 4)
    assert digest.text == other.text == PolicyDigest(other.text).text
    assert PolicyDigest().text == "0" * 64


def test_a_removed_row_says_so() -> None:
    row: Row = removed_row("zone", "a", 4)
    assert row.removed


@pytest.mark.parametrize(
    ("topic", "parts"),
    [
        (Topics("lab").policy_head(), Topic(site="lab", channel=Channel.POLICY_HEAD)),
        (Topics("lab").policy_delta(), Topic(site="lab", channel=Channel.POLICY_DELTA)),
        *(
            (
                getattr(Topics("lab"), f"agent_{channel}")("pi-1"),
                Topic(site="lab", channel=Channel(channel), agent="pi-1"),  # type: ignore[arg-type]
            )
            for channel in (
                "status",
                "telemetry",
                "wiring",
                "events",
                "ack",
                "sync",
                "policy",
                "command",
                "reply",
            )
        ),
        (
            Topics("lab").agent_point("pi-1", "laser"),
            Topic(
                site="lab",
                channel=Channel.POINT,
                agent="pi-1",  # type: ignore[arg-type]
                access_point="laser",  # type: ignore[arg-type]
            ),
        ),
    ],
)
def test_a_topic_is_built_and_taken_apart(topic: str, parts: Topic) -> None:
    assert topics.parse(topic) == parts


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "/",
        "loquet",
        "loquet/2/lab/policy/head",
        "loquet/1/lab/policy/tail",
        "loquet/1/Lab/policy/head",
        "loquet/1//policy/head",
        "loquet/1/+/policy/head",
        "loquet/1/lab/agents/pi-1",
        "loquet/1/lab/agents/pi-1/points",
        "loquet/1/lab/agents/pi-1/policy/head",
        "loquet/1/lab/agents/pi-1/points/a/b",
        "loquet/1/lab/agents/pi-1/points/A",
        "loquet/1/lab/agents/PI/events",
        "loquet/1/lab/agents/pi-1/dance",
        "loquet/1/lab/agents/pi-1/events/",
        "loquet/1/lab/agents/pi-1/events\n",
        "homeassistant/status",
        "x" * 1000,
    ],
)
def test_other_topics_are_none_of_ours(topic: str) -> None:
    with pytest.raises(WireError, match="is not a topic of protocol version 1"):
        topics.parse(topic)


def test_what_each_may_write_and_read() -> None:
    own = "loquet/1/lab/agents/pi-1/"
    assert Topics("lab").agent_writes("pi-1") == tuple(
        own + tail
        for tail in ("status", "telemetry", "points/+", "wiring", "events", "sync", "reply")
    )
    assert Topics("lab").agent_reads("pi-1") == (
        "loquet/1/lab/policy/#",
        own + "ack",
        own + "policy",
        own + "command",
    )
    assert topics.hub_subscriptions("lab") == tuple(
        f"loquet/1/lab/agents/+/{tail}"
        for tail in ("status", "telemetry", "points/+", "wiring", "events", "sync", "reply")
    )
