"""What a stolen agent's key can do and what it cannot: one test for each half of each row of the
table in docs/stolen-agent.md. The key is used by a client of its own that imports nothing of ours,
against a running place with the broker as it is shipped."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.error import HTTPError

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from sqlalchemy import select

from controller.capabilities.activity.rows import list_activity
from controller.capabilities.machines.models import PointStateRow
from controller.capabilities.messages.models import MessageRow
from controller.capabilities.programs.models import ProgramRow
from controller.kernel.actor import Actor
from controller.kernel.database import wall_clock
from tests.contract import foreign_agent as foreign
from tests.contract.conftest import place as place
from tests.contract.foreign_agent import Identity, Journal, uuid7
from tests.security.theft import BADGES, NOT_AUTHORIZED, Theft, at, report
from tests.support.databases import a_copy
from tests.support.running_place import Answer, RunningPlace, running_place

pytestmark = [pytest.mark.needs("mosquitto"), pytest.mark.timeout(1200)]

SERIAL = 1_795_512_600_000


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)]
)
def theft(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Theft]:
    """The thief and another agent, connected and in step."""
    folder = tmp_path_factory.mktemp("theft")
    with ExitStack() as stack:
        if request.param == "sqlite":
            place: RunningPlace = request.getfixturevalue("place")
        else:
            server = stack.enter_context(a_copy(request.getfixturevalue("postgres_url"), folder))
            place = stack.enter_context(running_place(folder, server))
        happened = Theft.happen(place, folder)
        stack.callback(happened.close)
        yield happened


# Reading


def test_it_can_read_its_sites_policy_and_find_a_short_number_by_trying(theft: Theft) -> None:
    theft.thief.sync()
    holders, key = theft.thief.policy.holders, theft.thief.identity.credential_key
    tried = (f"uid:{number:08X}" for number in range(0x5EC0_DE00, 0x5EC0_DE00 + 256))
    found = {badge for badge in tried if foreign.holder_key(key, badge) in holders}
    assert found == {badge for badge in BADGES.values() if len(badge) == len("uid:") + 8}


def test_it_cannot_read_names_other_sites_or_a_number_that_is_no_guess(theft: Theft) -> None:
    thief, victim, site = theft.thief, theft.victim, theft.place.site
    for topic in ("loquet/#", "loquet/1/far-town/#", victim.topic("#"), "$share/g/#"):
        thief.subscribe(topic)
    theft.place.make("/zones", {"id": "seen-room", "name": {"en": "Seen"}})
    report(victim, "input_changed", "far-laser", input="lid", active=True)
    thief.sync()
    thief.wait_for(lambda: ("zone", "seen-room") in thief.policy.rows)
    own = {thief.topic(end) for end in ("ack", "policy", "command")}
    heard = [*thief.heard, *(message for message, _ in thief.refused)]
    strange = {message.topic for message in heard} - own
    assert all(name.startswith(f"loquet/1/{site}/policy/") for name in strange), strange
    read = b"\n".join(message.payload for message in heard).decode().casefold()
    names = [member["display_name"] for member in theft.place.listed("/members")]
    assert len(names) > len(BADGES)
    assert [name for name in [*names, "Quetzal"] if name.casefold() in read] == []
    assert BADGES["proves"].removeprefix("uid:").casefold() not in read
    assert theft.elsewhere not in read


def test_it_cannot_write_a_policy(theft: Theft) -> None:
    thief, site = theft.thief, theft.place.site
    thief.sync()
    head = json.dumps(thief.head | {"version": thief.head["version"] + 1}).encode()
    for topic in (
        f"loquet/1/{site}/policy/head",
        f"loquet/1/{site}/policy/delta",
        "loquet/1/far-town/policy/head",
        theft.victim.topic("policy"),
        thief.topic("policy"),
    ):
        assert thief.publish(topic, head) == NOT_AUTHORIZED


# Deciding


def test_it_can_decide_at_its_own_access_points(theft: Theft) -> None:
    who = {"member": theft.ref("other"), "assurance": "uid", "policy_version": 1}
    assert theft.tell("access_granted", "saw", **who) == {}
    assert theft.tell("session_started", "saw", session_id=uuid7(), member=who["member"]) == {}
    assert theft.stored("thief", "session_started")[-1]["access_point"] == "saw"


def test_it_cannot_open_start_or_stop_anything_of_another_agent(theft: Theft) -> None:
    thief, victim = theft.thief, theft.victim
    session = uuid7()
    report(victim, "session_started", "far-laser", session_id=session, member=theft.ref("other"))
    order = {
        "kind": "command",
        "v": 1,
        "at": at(),
        "command_id": uuid7(),
        "boot_id": victim.boot_id,
        "type": "release_door",
        "access_point": "victim-door",
        "expires_at": at(seconds=30),
        "args": {},
    }
    for end in ("command", "reply", "status", "points/far-laser"):
        assert thief.publish(victim.topic(end), json.dumps(order).encode()) == NOT_AUTHORIZED
    ended = {"session_id": session, "active_s": 1.0, "idle_s": 0.0, "powered_s": 1.0}
    assert theft.tell("session_ended", "saw", cause="badge_out", **ended) == {}
    assert 1 in theft.tell("session_ended", "far-laser", cause="badge_out", **ended)
    state = {"kind": "point_state", "v": 1, "state": "off", "since": at(), "available": True}
    thief.say("points/far-laser", state, retain=True)
    theft.tell("agent_started", None, version="stolen")  # comes after it, on the same connection
    with theft.place.database() as database, database.read() as db:
        assert db.get(PointStateRow, "far-laser") is None
    open_ = {
        session["id"]: session
        for session in theft.place.listed("/sessions", access_point="far-laser")
    }
    assert open_[session]["ended_at"] is None


# Reporting


def test_it_can_report_its_own_events_up_to_a_few_minutes_ahead(theft: Theft) -> None:
    told = at(minutes=4)
    assert theft.tell("fault_raised", "saw", at=told, fault="reader_lost") == {}
    assert theft.stored("thief", "fault_raised")[-1]["at"] == told


def test_it_cannot_report_events_of_others(theft: Theft) -> None:
    thief, victim = theft.thief, theft.victim
    rejected = theft.tell("fault_raised", "far-laser", fault="estop")
    assert rejected == {1: "access point far-laser is not this agent's"}
    journal = Journal(victim.boot_id)
    journal.add("fault_raised", "far-laser", fault="estop")
    batch, topic = journal.batch([1]), thief.topic("events")
    assert thief.publish(victim.topic("events"), batch) == NOT_AUTHORIZED
    thief.publish(topic, batch, victim.identity.sign(victim.topic("events"), batch))
    theft.tell("agent_started", None, version="stolen")
    assert theft.stored("victim", "fault_raised") == []


def test_it_cannot_date_an_event_in_the_future_with_effect(theft: Theft) -> None:
    who = {"trainer": theft.ref("trainer"), "trainee": theft.ref("other")}
    theft.tell("certified_at_machine", "saw", at=at(days=700), certification="use-saw", **who)
    event = theft.stored("thief", "certified_at_machine")[-1]
    assert event["at"] is None or event["at"] <= at()  # by an earlier event of the same boot
    assert theft.alarms("agent_clock_ahead")
    path = f"/members/{theft.people['other']}/certifications/use-saw"
    assert theft.place.call("GET", path).json["granted_at"] <= at()
    for level in ("accompanied", "user"):
        answer = theft.place.call("PUT", path, {"level": level})
        assert (answer.status, answer.json["level"]) == (200, level)


def test_it_cannot_change_or_remove_what_was_acknowledged(theft: Theft) -> None:
    thief = theft.thief
    journal = Journal(thief.boot_id)
    journal.add("input_changed", "saw", input="lid", active=True)
    thief.send(journal, [[1]])
    other = Journal(thief.boot_id, journal.stream)
    other.add("input_changed", "saw", input="nothing", active=True)
    thief.send(other, [[1]])
    thief.wait_for(lambda: thief.acknowledged(journal.stream).fork)
    said = [item["data"]["input"] for item in theft.stored("thief", "input_changed")]
    assert said == ["lid"]


# Certifying


def test_it_can_certify_for_what_its_machine_asks_and_the_trainer_is_told(theft: Theft) -> None:
    who = {"trainer": theft.ref("trainer"), "trainee": theft.ref("trainee")}
    assert theft.tell("certified_at_machine", "saw", certification="use-saw", **who) == {}
    assert theft.held("trainee", "use-saw") == "user"
    with theft.place.database() as database, database.read() as db:
        letters = db.scalars(select(MessageRow).where(MessageRow.what == "certified_with_badge"))
        told = {row.member_id for row in letters}
        actor, now = Actor.system("test"), wall_clock()
        since = now.of(now.replace(year=now.year - 1))
        found = list_activity(db, theft.place.site, since, actor=actor, now=now)
    assert theft.people["trainer"] in told
    titles = [row.activity.title.values.get("name") for part in found.sections for row in part.rows]
    assert "Zinedine trainee" in titles


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"certification": "use-far-laser"}, "does not require"),
        ({"access_point": None}, "no access point"),
        ({"trainer": "other"}, "needs a trainer"),
        ({"trainer": "guest"}, "no badge that works"),
        ({"trainer": "elsewhere"}, "no badge that works"),
        ({"trainee": "elsewhere"}, "no badge that works"),
        ({"trainee": "trainer"}, "nobody can certify themselves"),
        ({"level": "trainer"}, "a trainer can't appoint or dismiss a trainer"),
    ],
)
def test_it_cannot_certify_anything_else(theft: Theft, changed: dict[str, Any], why: str) -> None:
    fields = {"certification": "use-saw", "trainer": "trainer", "trainee": "supervisor"} | changed
    point = fields.pop("access_point", "saw")
    for name in ("trainer", "trainee"):
        who = fields[name]
        fields[name] = theft.elsewhere if who == "elsewhere" else theft.ref(who)
    before = len(theft.alarms("certification_refused"))
    assert theft.tell("certified_at_machine", point, **fields) == {}
    newest = theft.alarms("certification_refused")
    assert len(newest) == before + 1
    assert any(why in item["detail"]["reason"] for item in newest)
    for who in ("supervisor", "guest"):
        assert theft.held(who, "use-saw") is None
        assert theft.held(who, "use-far-laser") is None


def test_it_cannot_certify_at_another_agents_machine(theft: Theft) -> None:
    fields = {"certification": "use-far-laser", "trainer": theft.ref("trainer")}
    rejected = theft.tell(
        "certified_at_machine", "far-laser", trainee=theft.ref("supervisor"), **fields
    )
    assert rejected == {1: "access point far-laser is not this agent's"}
    assert theft.held("supervisor", "use-far-laser") is None


# Answering for others


def window(theft: Theft, zone: str) -> dict[str, Any]:
    """One of an hour, of who may supervise both rooms."""
    until = at(hours=1)
    who = theft.ref("supervisor")
    return {"window_id": uuid7(), "zone": zone, "supervisor": who, "until": until}


def test_it_can_open_windows_and_admit_guests_in_its_own_room(theft: Theft) -> None:
    opened = window(theft, "thief-room")
    assert theft.tell("window_opened", "saw", **opened) == {}
    key = ("window", opened["window_id"])
    theft.victim.wait_for(lambda: theft.victim.policy.rows.get(key, (0, None))[1] is not None)
    guest = {"host": theft.ref("supervisor"), "guest": theft.ref("guest"), "until": at(hours=1)}
    assert theft.tell("guest_admitted", "thief-door", **guest) == {}
    del opened["until"]
    assert theft.tell("window_closed", "saw", cause="tap", **opened) == {}
    assert opened["window_id"] not in {window["id"] for window in theft.place.listed("/windows")}


@pytest.mark.parametrize(
    ("point", "changed", "why"),
    [
        ("saw", {"zone": "far-room"}, "zone far-room is not this agent's"),
        ("far-laser", {}, "access point far-laser is not this agent's"),
        ("saw", {"supervisor": "other"}, "does not supervise thief-room"),
        ("saw", {"supervisor": "elsewhere"}, "no badge that works"),
        ("saw", {"until": at(days=30)}, "longer than a window"),
    ],
)
def test_it_cannot_open_a_window_elsewhere_or_for_who_may_not(
    theft: Theft, point: str, changed: dict[str, Any], why: str
) -> None:
    who = changed.get("supervisor")
    if who is not None:
        changed = {"supervisor": theft.elsewhere if who == "elsewhere" else theft.ref(who)}
    opened = window(theft, "thief-room") | changed
    rejected = theft.tell("window_opened", point, **opened)
    reasons = [alarm["detail"]["reason"] for alarm in theft.alarms("window_refused")]
    assert any(why in reason for reason in [*rejected.values(), *reasons])
    assert opened["window_id"] not in {window["id"] for window in theft.place.listed("/windows")}
    theft.victim.sync()
    row = theft.victim.policy.rows.get(("window", opened["window_id"]), (0, None))
    assert row[1] is None


def test_it_cannot_close_another_rooms_window_or_admit_guests_there(theft: Theft) -> None:
    opened = window(theft, "far-room")
    assert report(theft.victim, "window_opened", "far-laser", **opened) == {}
    del opened["until"]
    for zone in ("far-room", "thief-room"):
        theft.tell("window_closed", "saw", cause="tap", **(opened | {"zone": zone}))
    assert opened["window_id"] in {window["id"] for window in theft.place.listed("/windows")}
    guest = {"host": theft.ref("supervisor"), "guest": theft.ref("guest"), "until": at(hours=1)}
    assert 1 in theft.tell("guest_admitted", "victim-door", **guest)


def test_it_cannot_move_people_through_rooms_that_its_doors_do_not_lead_to(theft: Theft) -> None:
    who = theft.ref("other")
    report(theft.victim, "door_opened", "victim-door", member=who, zone="far-room")
    moved = {"member": who, "cause": "grant"}
    theft.tell("door_opened", "thief-door", from_zone="far-room", **moved)
    theft.tell("door_opened", "thief-door", zone="seen-elsewhere", **moved)
    theft.tell("door_opened", "thief-door", zone="thief-room", member=theft.elsewhere)
    here = {item["member_id"]: item["zone_id"] for item in theft.place.listed("/presence")}
    assert here[theft.people["other"]] == "far-room"
    assert "Quetzal Faraway" not in {item["name"] for item in theft.place.listed("/presence")}


# Programs and certificates


@pytest.fixture(scope="module")
def program(theft: Theft) -> bytes:
    """One that the controller has signed and keeps."""
    archive = b"a program"
    with theft.place.database() as database, database.write() as db:
        db.add(
            ProgramRow(
                serial=SERIAL,
                version="0.3.0",
                architecture="riscv64",
                sha256=hashlib.sha256(archive).hexdigest(),
                size=len(archive),
                sig="A" * 86,
            )
        )
    programs = next(theft.place.state.rglob("ca.key")).parent.with_name("programs")
    programs.mkdir(exist_ok=True)
    (programs / f"{SERIAL}.tar.gz").write_bytes(archive)
    return archive


def fetched(theft: Theft, agent: str, serial: int, by: Identity | None = None) -> Answer:
    """What the controller answers to the thief's request for a program."""
    mine = by or theft.thief.identity
    (_, kid), (_, sig) = mine.sign(f"agents/{agent}/program", str(serial).encode())
    body = {"serial": serial, "kid": kid, "sig": sig}
    return theft.place.call("POST", f"/agents/{agent}/program", body, token="")


def test_it_can_fetch_a_program_that_the_controller_signed(theft: Theft, program: bytes) -> None:
    assert fetched(theft, "thief", SERIAL).body == program


def test_it_cannot_have_another_agent_run_a_program(theft: Theft, program: bytes) -> None:
    assert fetched(theft, "victim", SERIAL).status == 403
    assert fetched(theft, "thief", SERIAL - 1).status == 404
    upgrade = {"kind": "command", "v": 1, "type": "upgrade", "command_id": uuid7(), "args": {}}
    topic = theft.victim.topic("command")
    assert theft.thief.publish(topic, json.dumps(upgrade).encode()) == NOT_AUTHORIZED
    assert theft.victim.commands == []


def renewed(theft: Theft, agent: str, nonce: str | None) -> dict[str, Any]:
    """A renewal by the thief, written from docs/protocol.md. Raises HTTPError."""
    key = theft.thief.identity.key
    csr = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, None)
    pem = csr.public_bytes(serialization.Encoding.PEM).decode()
    signed = pem if nonce is None else f"{pem}\n{nonce}"
    (_, kid), (_, sig) = theft.thief.identity.sign(f"agents/{agent}/renew", signed.encode())
    body = {"csr": pem, "kid": kid, "sig": sig, "nonce": nonce}
    return foreign.post(f"{theft.place.url}/api/v1/agents/{agent}/renew", body)


def nonce_of(theft: Theft, agent: str) -> str:
    nonce: str = theft.place.call("GET", f"/agents/{agent}/renew", token="").json["nonce"]
    return nonce


def test_it_can_renew_its_own_certificate(theft: Theft) -> None:
    answer = renewed(theft, "thief", nonce_of(theft, "thief"))
    foreign.check_certificate(
        answer["certificate"], answer["ca"], "thief", theft.thief.identity.key
    )


@pytest.mark.parametrize("way", ["another agent's", "a nonce twice"])
def test_it_cannot_renew_anothers_or_the_same_twice(theft: Theft, way: str) -> None:
    agent = "victim" if way == "another agent's" else "thief"
    nonce = nonce_of(theft, agent)
    if way == "a nonce twice":
        renewed(theft, agent, nonce)
    with pytest.raises(HTTPError) as refusal:
        renewed(theft, agent, nonce)
    with refusal.value:
        assert refusal.value.code == 403


def test_once_revoked_its_key_and_its_claim_codes_are_worth_nothing(theft: Theft) -> None:
    place = theft.place
    code = place.make("/agents", {"id": "taken", "name": {"en": "Taken"}})["claim_code"]
    taken = foreign.claim(place.url, code)
    assert fetched(theft, "taken", SERIAL - 1, taken).status == 404
    spare = place.make("/agents/taken/claim-code", {"valid_hours": 24})["claim_code"]
    revoked = place.call("POST", "/agents/taken/revoke", {"reason": "stolen"})
    assert revoked.status == 200, revoked.body
    with pytest.raises(HTTPError) as refusal:
        foreign.claim(place.url, spare)
    with refusal.value:
        assert refusal.value.code == 403
    assert fetched(theft, "taken", SERIAL - 1, taken).status == 403
    assert place.call("GET", "/agents/taken/renew", token="").status == 403
