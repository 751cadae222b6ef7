"""The laser's trainer, and the two dates of his course: Thursday's is full, Saturday's is not."""

from controller.kernel.actor import Role
from tests.scenarios.week.calls import Caller
from tests.scenarios.week.people import Person, certify, join
from tests.scenarios.week.place import SAT, THU, Week

KARIM = "Karim Benali"


def laser_trainer(week: Week) -> Caller:
    """Karim, whom the admin names the laser's first trainer, with a reason."""
    if "trainer" not in week.callers:
        karim = student(week, KARIM)
        certify(week, karim.id, "laser", "trainer")
        week.callers["trainer"] = week.caller(Role.TRAINER, karim.id)
    return week.callers["trainer"]


def laser_trainer_id(week: Week) -> str:
    """Karim's id as a member."""
    account = week.admin.get(f"/accounts/{laser_trainer(week).account}")
    member: str = account["member_id"]
    return member


def laser_dates(week: Week) -> dict[str, str]:
    """The trainer plans his two sessions; the only place of the first is taken."""
    if week.dates:
        return week.dates
    karim, trainer, found = laser_trainer(week), laser_trainer_id(week), week.dates
    for name, day, start, end, places in (
        ("thursday", THU, "18:00", "20:00", 1),
        ("saturday", SAT, "10:00", "12:00", 8),
    ):
        dated = week.between(day, start, end)
        planned = {"course_id": "laser-course", "trainer_id": trainer, "places": places}
        found[name] = karim.post("/course-sessions", {**planned, **dated})["id"]
    first = student(week, "Bernard Caron")
    karim.post(f"/course-sessions/{found['thursday']}/enrolments", {"member_id": first.id})
    return found


def student(week: Week, name: str) -> Person:
    """A member who may take the course: the house rules are signed."""
    person = join(week, name, "workshop")
    certify(week, person.id, "house-rules")
    return person
