"""A running place from which an agent's key was stolen, and the client that the thief wrote."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.places import sites
from controller.capabilities.places.shapes import NewSite
from controller.domain.facts import Language
from controller.kernel.actor import Actor
from controller.kernel.database import wall_clock
from controller.kernel.shapes import Label
from tests.contract import foreign_agent as foreign
from tests.contract.foreign_agent import ForeignAgent, Journal
from tests.support.running_place import RunningPlace

NOT_AUTHORIZED = 135
BADGES = {
    "trainer": "uid:5EC0DE01",
    "trainee": "uid:5EC0DE02",
    "other": "uid:5EC0DE03",
    "supervisor": "uid:5EC0DE04",
    "guest": "uid:5EC0DE05",
    "proves": "uid:04C1D2E3F4A5B6",
}
ZONES = ("thief-room", "far-room")


@dataclass
class Theft:
    """Whoever holds the key of the agent `thief` has a client of their own; `victim` is another."""

    place: RunningPlace
    thief: ForeignAgent
    victim: ForeignAgent
    people: dict[str, str]
    """Members' ids by what they are here."""
    elsewhere: str
    """The reference of a trainer whom another site knows."""

    @classmethod
    def happen(cls, place: RunningPlace, folder: Path) -> "Theft":
        """Two agents with a machine, a door and a room each, and people with badges."""
        for zone in ZONES:
            place.make("/zones", {"id": zone, "name": {"en": zone}})
        for word in ("saw", "far-laser"):
            place.make("/certifications", {"id": f"use-{word}", "name": {"en": word}})
        agents = []
        for name, machine, zone in (("thief", "saw", ZONES[0]), ("victim", "far-laser", ZONES[1])):
            code = place.make("/agents", {"id": name, "name": {"en": name}})["claim_code"]
            own = {"agent_id": name, "zone_id": zone, "name": {"en": machine}}
            asks = {"requirement": {"certifications": [f"use-{machine}"]}}
            place.make("/access-points", {"id": machine, "kind": "machine", **own, **asks})
            place.make("/access-points", {"id": f"{name}-door", "kind": "door", **own})
            (folder / name).mkdir()
            agents.append(ForeignAgent(foreign.claim(place.url, code), folder / name))
        people = {who: _person(place, who, badge) for who, badge in BADGES.items()}
        for certification in ("use-saw", "use-far-laser"):
            path = f"/members/{people['trainer']}/certifications/{certification}"
            answer = place.call("PUT", path, {"level": "trainer", "reason": "the first"})
            assert answer.status == 200, answer.body
        theft = cls(place, agents[0], agents[1], people, _known_elsewhere(place))
        for agent in agents:
            agent.connect()
            agent.sync()
        return theft

    def close(self) -> None:
        """Both leave."""
        self.thief.close()
        self.victim.close()

    def ref(self, who: str) -> str:
        """How events call somebody: the thief reads it in the policy, under the badge's HMAC."""
        key = foreign.holder_key(self.thief.identity.credential_key, BADGES[who])
        member: str = self.thief.policy.holders[key]["member"]
        return member

    def tell(self, kind: str, access_point: str | None, **own: Any) -> dict[int, str]:
        """Have the thief report one event, in a stream of its own; what the hub rejects of it."""
        return report(self.thief, kind, access_point, **own)

    def stored(self, agent: str, kind: str) -> list[dict[str, Any]]:
        """The events of that kind that the place has of an agent."""
        return [
            event for event in self.place.listed("/events", agent=agent) if event["type"] == kind
        ]

    def held(self, who: str, certification: str) -> str | None:
        """At which level somebody holds it."""
        answer = self.place.call("GET", f"/members/{self.people[who]}/certifications")
        found = {item["certification_id"]: item["level"] for item in answer.json["items"]}
        level: str | None = found.get(certification)
        return level

    def alarms(self, kind: str) -> list[dict[str, Any]]:
        """Those of that kind that the thief has raised."""
        mine = self.place.listed("/alarms", agent="thief")
        return [alarm for alarm in mine if alarm["kind"] == kind]


def report(agent: ForeignAgent, kind: str, access_point: str | None, **own: Any) -> dict[int, str]:
    """An agent reports one event and waits for the answer; what the hub rejects of it."""
    journal = Journal(agent.boot_id)
    agent.send(journal, [[journal.add(kind, access_point, **own)]])
    return agent.acknowledged(journal.stream).rejected


def at(**ahead: float) -> str:
    """A time from now on, as events say it."""
    then = datetime.now(UTC) + timedelta(**ahead)
    return then.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _person(place: RunningPlace, who: str, badge: str) -> str:
    new: dict[str, Any] = {"display_name": f"Zinedine {who}", "email": f"{who}@example.org"}
    if who == "supervisor":
        new["supervises"] = list(ZONES)
    key: str = place.make("/members", new)["id"]
    kind = {"kind": "guest", "valid_until": at(days=1)} if who == "guest" else {}
    place.make("/credentials", {"member_id": key, "value": badge, **kind})
    return key


def _known_elsewhere(place: RunningPlace) -> str:
    actor, now = Actor.system("test"), wall_clock()
    new = NewSite(
        id="far-town", name=Label(en="Far"), time_zone="Europe/Paris", language=Language.FR
    )
    with place.database() as database, database.write() as db:
        sites.create(db, new, actor=actor, now=now)
        person = NewMember(site_id="far-town", display_name="Quetzal Faraway")
        key = members.create(db, person, actor=actor, now=now).id
        return db.get_one(MemberRow, key).ref
