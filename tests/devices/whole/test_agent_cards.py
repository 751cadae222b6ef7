"""Cards with keys at a whole agent: personalised, granted, copied, and after a restart."""

import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.domain.access.decision import DenyReason
from controller.domain.facts import (
    AccessPoint,
    Assurance,
    CardKind,
    Holder,
    PointKind,
    Requirement,
    Risk,
)
from controller.domain.ids import CredentialId, MemberRef
from controller.wire import events as wire
from controller.wire.card_keys import CardKeys, KeySet
from controller.wire.card_wrapping import wrap_door_key, wrap_order
from controller.wire.commands import CommandResult, PersonaliseCard
from controller.wire.keys import holder_key
from controller.wire.rows import CardRow
from controller.wire.topics import Channel
from devices.sim.client import SimBench
from tests.support.agent_place import CONFIG, DOOR, LASER, SECRET, WAIT_S, Place

NTAG, DESFIRE = CredentialId("uid:04782E21801D80"), CredentialId("uid:04AABBCCDDEEFF")
KEYS = KeySet(b"door" * 4, b"sign" * 4, b"over" * 4)
BENCH = """
[[machine]]
name = "laser"
board = "pi-1"
pin = 17
drive = "pump"
[[door]]
name = "door"
board = "pi-1"
pin = 5
contact_pin = 6
[[card]]
name = "uid:04782E21801D80"
kind = "ntag424"
[[card]]
name = "uid:04AABBCCDDEEFF"
kind = "desfire"
[[reader]]
name = "laser"
model = "rc522"
board = "pi-1"
[[reader]]
name = "door"
model = "pn532"
link = "{folder}/door"
"""
Judged = wire.AccessGranted | wire.AccessDenied
READERS = CONFIG.replace(
    'driver = "em4100_serial", port = "{folder}/laser"', 'driver = "rc522"'
).replace(
    'driver = "em4100_serial", port = "{folder}/door"', 'driver = "pn532", port = "{folder}/door"'
)


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder: Path = tmp_path_factory.mktemp("a")
    place = Place(folder, READERS, BENCH)
    yield place
    place.end()


def _teach(place: Place) -> None:
    """A laser and a door that want a card with keys, and a member with one for each."""
    place.teach()
    wants = Requirement(subscription=False, assurance=Assurance.SUN)
    laser = AccessPoint(
        id=LASER, kind=PointKind.MACHINE, commissioned=True, risk=Risk.DANGEROUS, requirement=wants
    )
    door = AccessPoint(
        id=DOOR, kind=PointKind.DOOR, commissioned=True, risk=Risk.DOOR, requirement=wants
    )
    place.hub.learn(("point", LASER, laser), ("point", DOOR, door))
    for badge, who in ((NTAG, "nina"), (DESFIRE, "dora")):
        place.let_in(badge, Holder(member=MemberRef(who)))


def _now_has_keys(place: Place, badge: CredentialId, kind: CardKind, level: Assurance) -> None:
    """What the controller tells once the reader has written them."""
    key, who = holder_key(SECRET, badge), {NTAG: "nina", DESFIRE: "dora"}[badge]
    proves = KEYS.door if level is Assurance.AES else KEYS.messages
    row = CardRow(kind=kind, assurance=level, key=wrap_door_key(SECRET, key, proves))
    holder = Holder(member=MemberRef(who), assurance=level)
    place.hub.learn(("card", key, row), ("holder", key, holder))
    place.in_step()


def _personalise(place: Place, bench: SimBench, badge: CredentialId, reader: str) -> CardKind:
    """It is judged as it lies down: the reader has then forgotten who lay there a moment ago."""
    _judged(place, bench, badge, reader)
    keys = wrap_order(SECRET, holder_key(SECRET, badge), CardKeys(KEYS))
    boot = place.hub.wait(Channel.STATUS).boot_id
    done = place.hub.command(PersonaliseCard(credential=badge, keys=keys), boot, reader)
    bench.do("lift", reader=reader)
    assert done.result is CommandResult.DONE
    assert done.data is not None
    assert done.data.card is not None
    return done.data.card


def _shown(
    place: Place, bench: SimBench, badge: CredentialId, reader: str, *, copy: bool = False
) -> tuple[Assurance | None, object]:
    """What it proved there, and why it was refused if it was. It lies there until it is judged."""
    event = _judged(place, bench, badge, reader, **({"iso_dep": True} if copy else {}))
    bench.do("lift", reader=reader)
    return event.assurance, getattr(event, "reason", None)


def _judged(
    place: Place, bench: SimBench, badge: CredentialId, reader: str, **how: bool
) -> wire.AccessGranted | wire.AccessDenied:
    """Lay it there, and wait."""
    seen = len(place.hub.told())
    bench.do("place", reader=reader, credential=badge, **how)
    event = place.hub.wait_event(
        lambda event: isinstance(event, Judged) and event in place.hub.told()[seen:]
    )
    assert isinstance(event, Judged)
    return event


def test_a_card_with_keys_opens_and_its_copy_does_not(place: Place) -> None:
    _teach(place)
    agent = place.start_agent()
    place.in_step()
    low = (Assurance.UID, DenyReason.ASSURANCE_TOO_LOW)
    with SimBench(place.socket) as bench:
        assert _shown(place, bench, NTAG, "door") == low, "blank"
        assert _personalise(place, bench, NTAG, "laser") is CardKind.NTAG424
        assert _personalise(place, bench, DESFIRE, "door") is CardKind.DESFIRE
        _now_has_keys(place, NTAG, CardKind.NTAG424, Assurance.SUN)
        _now_has_keys(place, DESFIRE, CardKind.DESFIRE, Assurance.AES)
        assert _shown(place, bench, NTAG, "door") == (Assurance.SUN, None)
        assert _shown(place, bench, DESFIRE, "laser") == (Assurance.AES, None)
        assert _shown(place, bench, DESFIRE, "door", copy=True) == low
        assert _shown(place, bench, NTAG, "laser", copy=True) == low
        agent.send_signal(signal.SIGTERM)
        assert agent.wait(timeout=WAIT_S) == 0
        _remembers_more(place)
        place.hub.forget_messages()
        place.start_agent()
        place.in_step()
        assert _shown(place, bench, NTAG, "door") == low, "a counter from before"


def _remembers_more(place: Place) -> None:
    """The agent's kept counter is the card's, and no key stands in its files as it is."""
    state = place.folder / "state"
    with sqlite3.connect(state / "cards.db") as db:
        ((name, value),) = db.execute("SELECT name, value FROM kept")
        assert (name, int(value)) == (holder_key(SECRET, NTAG), 1)
        db.execute("UPDATE kept SET value = ?", (b"9",))
    written = b"".join(file.read_bytes() for file in state.iterdir() if file.is_file())
    for secret in (KEYS.door, KEYS.messages, KEYS.application):
        assert secret not in written
        assert secret.hex().encode() not in written
