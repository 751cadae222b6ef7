"""What the manager sets up before the first day: rooms, hours, plans, courses, doors, machines."""

from typing import Any

from tests.scenarios.week import wiring
from tests.scenarios.week.place import SITE, Week


def _name(fr: str, en: str) -> dict[str, str]:
    return {"fr": fr, "en": en}


def _hours(days: range, start: str, end: str) -> list[dict[str, object]]:
    return [{"weekday": day, "start": start, "end": end} for day in days]


_ZONES = (
    {"id": "workshop", "name": _name("Atelier", "Workshop"), "capacity": 24, "window_max_min": 120},
    {"id": "desks", "name": _name("Coworking", "Coworking"), "capacity": 36},
)
_SCHEDULES = (
    {
        "id": "opening",
        "name": _name("Ouverture", "Opening"),
        "weekly": _hours(range(6), "09:00", "19:00"),
    },
    {
        "id": "office",
        "name": _name("Bureau", "Office"),
        "weekly": _hours(range(5), "09:00", "18:00"),
    },
)
_PLANS = (
    {"id": "workshop", "name": _name("Atelier", "Workshop")},
    {"id": "residence", "name": _name("Résidence", "Residence"), "outside_opening": True},
    {
        "id": "telework",
        "name": _name("Télétravail", "Telework"),
        "schedule_id": "office",
        "zones": ["desks"],
    },
)
_CERTIFICATIONS = (
    {
        "id": "house-rules",
        "name": _name("Règlement signé", "House rules signed"),
        "kind": "document",
    },
    {"id": "laser", "name": _name("Découpe laser", "Laser cutting")},
)
_COURSE = {
    "id": "laser-course",
    "name": _name("Prendre en main la découpe laser", "First laser cuts"),
    "grants": ["laser"],
    "requires": ["house-rules"],
}
_POINTS: tuple[dict[str, Any], ...] = (
    {
        "id": "workshop-in",
        "kind": "door",
        "name": _name("Porte de l’atelier", "Workshop door"),
        "zone_id": "workshop",
    },
    {
        "id": "workshop-out",
        "kind": "door",
        "name": _name("Sortie de l’atelier", "Workshop exit"),
        "from_zone_id": "workshop",
    },
    {
        "id": "desks-in",
        "kind": "door",
        "name": _name("Porte du coworking", "Coworking door"),
        "zone_id": "desks",
    },
    {
        "id": "laser",
        "kind": "machine",
        "name": _name("Découpe laser", "Laser cutter"),
        "zone_id": "workshop",
        "risk": "dangerous",
        "requirement": {"certifications": ["house-rules", "laser"]},
    },
    {
        "id": "printer",
        "kind": "machine",
        "name": _name("Imprimante 3D", "3D printer"),
        "zone_id": "workshop",
        "requirement": {"supervisor": "window"},
    },
)


def set_up(week: Week) -> None:
    """All of it over the API, as a manager; then the agents are enrolled, and hold it."""
    manager = week.manager
    for path, made in (
        ("/zones", _ZONES),
        ("/schedules", _SCHEDULES),
        ("/plans", _PLANS),
        ("/certifications", _CERTIFICATIONS),
        ("/courses", [_COURSE]),
    ):
        for item in made:
            manager.post(path, item)
    manager.patch(f"/sites/{SITE}", {"opening": "opening"})
    for agent in wiring.AGENTS:
        code = manager.post("/agents", {"id": agent, "name": _name(agent, agent)})["claim_code"]
        week.start_agent(agent, code)
    for point in _POINTS:
        risk = {} if "risk" in point else {"risk": "door" if point["kind"] == "door" else "low"}
        agent = wiring.BOARDS[point["id"]]
        manager.post("/access-points", {**point, **risk, "agent_id": agent, "commissioned": True})
    week.in_step()
