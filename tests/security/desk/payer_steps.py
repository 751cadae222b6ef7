"""Steps that tests of payers share."""

from sqlalchemy.orm import Session

from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.shapes import NewOrganisation
from controller.kernel.actor import Actor, Role
from controller.kernel.shapes import Label
from tests.capabilities.conftest import BOSS, Place


def club(db: Session, place: Place) -> str:
    new = NewOrganisation(name=Label(fr="Récup’Art"), site_id=place.site)
    return organisations.create(db, new, actor=BOSS, now=place.now).id


def somebody(db: Session, place: Place, name: str, *roles: Role) -> Actor:
    """A member who may use the laser, with an account."""
    member = place.member(db, name).id
    place.certify(db, member, "laser")
    return place.account(db, name, *roles, member_id=member)
