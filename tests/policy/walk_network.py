"""What people in charge do in a network of two sites, one random action at a time."""

from typing import Any

from sqlalchemy.orm import Session

from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.groups import groups
from controller.capabilities.groups.models import GroupRow
from controller.capabilities.groups.shapes import GroupBadge, NewGroup
from controller.capabilities.machines import access_points
from controller.capabilities.members import members
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.models import OrganisationRow
from controller.capabilities.organisations.shapes import NewOrganisation
from controller.capabilities.places import zones
from controller.capabilities.plans import plans, subscriptions
from controller.capabilities.plans.shapes import NewSubscription
from controller.capabilities.presence import presence
from controller.capabilities.presence.shapes import NewPresence
from controller.capabilities.training import certifications, courses, member_certifications
from controller.capabilities.training.shapes import Grant
from controller.capabilities.user_reports import user_reports
from controller.capabilities.user_reports.models import ToldKind
from controller.capabilities.user_reports.shapes import NewUserReport
from controller.kernel.shapes import Label
from tests.capabilities.conftest import VAULT
from tests.capabilities.second_site import THERE
from tests.policy.walk_actions import ACTIONS, Action, Walk


def _known(w: Walk, db: Session) -> object:
    patch = {"also_at": w.one([[THERE], [THERE], []])}
    return members.change(db, w.member(db), patch, version=None, **w.who)


def _native(w: Walk, db: Session) -> object:
    if w.dice.random() < 0.6:
        return None
    new = NewMember(display_name="Denis", site_id=THERE, also_at=w.one([(), ("here",)]))
    return members.create(db, new, **w.who)


def _recognise(w: Walk, db: Session) -> object:
    key, scope = w.one(["laser", "rules", "kiln"]), w.one(["site", "network"])
    return certifications.change(db, key, {"scope": scope}, version=None, **w.who)


def _certify_there(w: Walk, db: Session) -> object:
    return member_certifications.grant(db, w.member(db), "kiln", Grant(reason="walk"), **w.who)


def _subscribe_there(w: Walk, db: Session) -> object:
    new = NewSubscription(
        member_id=w.member(db),
        plan_id="visit",
        valid_from=w.at(-50, 5),
        valid_until=w.one([None, w.at(6, 200)]),
    )
    return subscriptions.create(db, new, **w.who)


def _rules_there(w: Walk, db: Session) -> object:
    patch: dict[str, Any] = w.one(
        [
            {"requirement": {"certifications": ["laser"]}},
            {"requirement": {"certifications": [["kiln", "laser"]]}},
            {"requirement": {"certifications": ["rules"]}},
            {"requirement": {"certifications": []}},
            {"requirement": {"plans": []}},
            {"requirement": {"plans": ["visit"]}},
            {"in_service": False, "service_reason": "belt"},
            {"in_service": True},
        ]
    )
    point = w.one(["laser-there", "door-there"])
    return access_points.change(db, point, patch, version=None, **w.who)


def _plan_there(w: Walk, db: Session) -> object:
    patch = w.one([{"grace_days": 2}, {"grace_days": 0}, {"zones": ["hall"]}, {"zones": []}])
    return plans.change(db, "visit", patch, version=None, **w.who)


def _zone_there(w: Walk, db: Session) -> object:
    return zones.change(db, "hall", {"capacity": w.one([None, 1, 3])}, version=None, **w.who)


def _book_there(w: Walk, db: Session) -> object:
    start = w.at(-1, 3)
    new = NewBooking(
        member_id=w.member(db), access_point="laser-there", starts_at=start, ends_at=w.at(3.25, 5)
    )
    return bookings.create(db, new, **w.who)


def _come(w: Walk, db: Session) -> object:
    new = NewPresence(zone_id=w.one(["hall", "workshop"]), member_id=w.member(db))
    return presence.check_in(db, new, **w.who)


def _course(w: Walk, db: Session) -> object:
    patch: dict[str, Any] = w.one([{"scope": "site"}, {"scope": "network"}])
    return courses.change(db, "laser-course", patch, version=None, **w.who)


def _tell(w: Walk, db: Session) -> object:
    new = NewUserReport(
        kind=ToldKind.FAULT,
        access_point=w.one(["laser-1", "laser-there"]),
        text="It smokes",
        dangerous=w.one([True, False]),
    )
    return user_reports.create(db, new, **w.who)


def _organisation(w: Walk, db: Session) -> object:
    if w.dice.random() < 0.4:
        new = NewOrganisation(name=Label(fr="Asso"), site_id="here")
        return organisations.create(db, new, **w.who)
    patch = {"organisations": [w.any(db, OrganisationRow)]}
    return members.change(db, w.member(db), patch, version=None, **w.who)


def _group(w: Walk, db: Session) -> object:
    what, key = w.one(["create", "create", "change", "badge", "end"]), w.any(db, GroupRow)
    if what == "create":
        site = w.one(["here", THERE])
        new = NewGroup(
            name="Class",
            headcount=w.dice.randint(1, 9),
            ends_at=w.at(1, 30),
            site_id=site,
            value=w.one([None, w.number()]),
            accompanied=w.one([(), ("laser",), ("laser", "kiln")]),
        )
        return groups.create(db, new, vault=VAULT, **w.who)
    if what == "change":
        patch: dict[str, Any] = w.one(
            [{"headcount": 3}, {"accompanied": ["laser"]}, {"ends_at": w.at(1, 9).text()}]
        )
        return groups.change(db, key, patch, version=None, **w.who)
    if what == "badge":
        badge = GroupBadge(value=w.number())
        return groups.give_badge(db, key, badge, vault=VAULT, **w.who)
    return groups.end(db, key, **w.who)


NETWORK_ACTIONS: tuple[Action, ...] = (
    *ACTIONS,
    _known,
    _known,
    _native,
    _recognise,
    _recognise,
    _certify_there,
    _subscribe_there,
    _rules_there,
    _plan_there,
    _zone_there,
    _book_there,
    _come,
    _group,
    _group,
    _course,
    _tell,
    _organisation,
)
