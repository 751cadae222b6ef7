"""The people of the week, as the desk and the manager make them known over the API."""

from dataclasses import dataclass
from typing import Any

from controller.domain.time import Utc
from tests.scenarios.week.place import ZONE, Week


@dataclass(frozen=True)
class Person:
    """A member, her badge, and what the API calls it."""

    id: str
    badge: str
    credential: str


def join(week: Week, name: str, plan: str | None = None, **fields: Any) -> Person:
    """A new member at the desk: with a badge, and a subscription to a plan from today."""
    desk = week.desk
    member = desk.post("/members", {"display_name": name, **fields})["id"]
    badge = week.new_badge(name)
    given = desk.post("/credentials", {"member_id": member, "value": badge})
    if plan is not None:
        subscribe(week, member, plan)
    return Person(member, badge, given["id"])


def subscribe(week: Week, member: str, plan: str) -> None:
    """A subscription from now on."""
    new = {"member_id": member, "plan_id": plan, "valid_from": week.hands.now().text()}
    week.desk.post("/subscriptions", new)


def certify(week: Week, member: str, certification: str, level: str = "user") -> None:
    """A manager gives a certification, or the admin names the first trainer, with a reason."""
    who = week.admin if level == "trainer" else week.manager
    reason = {"reason": "a maker of twenty years"} if level == "trainer" else {}
    who.put(f"/members/{member}/certifications/{certification}", {"level": level, **reason})


def present(week: Week, zone: str) -> dict[str, int]:
    """Who is in a zone now, by name, and with how many heads."""
    return {item["name"]: item["heads"] for item in week.desk.all("/presence", zone_id=zone)}


_MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def in_french(week: Week, moment: Utc) -> str:
    """A day as people there say it: `samedi 12 décembre`, with the year when it is another."""
    day, today = moment.astimezone(ZONE), week.hands.now().astimezone(ZONE)
    number = "1er" if day.day == 1 else str(day.day)
    year = f" {day.year}" if day.year != today.year else ""
    return f"{_DAYS[day.weekday()]} {number} {_MONTHS[day.month - 1]}{year}"
