"""What the lines of a members' file become, by table."""

from collections.abc import Mapping, Sequence

from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.vault import Vault, masked
from controller.capabilities.member_files.columns import Line
from controller.capabilities.member_files.work import Work
from controller.capabilities.members import search as member_search
from controller.capabilities.members.members import new_ref
from controller.capabilities.members.memberships import guardian_cells
from controller.capabilities.members.models import MemberRow, MemberWord, OrganisationMember
from controller.capabilities.plans.models import SubscriptionRow
from controller.capabilities.training.models import HeldAction, HeldHistory, HeldRow
from controller.domain.facts import Assurance, CredentialStatus, HeldStatus
from controller.domain.ids import CredentialId
from controller.domain.time import Utc
from controller.store.base import Base
from controller.wire.ids import uuid7

Row = dict[str, object]
Rows = Mapping[type[Base], Sequence[Row]]


def rows(work: Work, lines: Sequence[Line], now: Utc) -> Rows:
    """What these lines become, by table, in an order in which it can be inserted."""
    made: dict[type[Base], list[Row]] = {model: [] for model in TABLES}
    for line in lines:
        key, new = work.member_id(line), line.member
        made[MemberRow].append(_person(key, work.site, line, now))
        made[MemberWord] += member_search.index_rows(key, new.display_name, new.email)
        if line.badge is not None:
            made[CredentialRow].append(_badge(key, line.badge, work.vault, now))
        if line.plan is not None:
            made[SubscriptionRow].append(_period(key, line))
        made[OrganisationMember] += [
            {"member_id": key, "organisation_id": each} for each in new.organisations
        ]
        for certification, level in line.certifications:
            held: Row = {"member_id": key, "certification_id": certification, "level": level}
            _certify(work, made, held, now)
    return {model: rows for model, rows in made.items() if rows}


TABLES = (
    MemberRow,
    MemberWord,
    CredentialRow,
    SubscriptionRow,
    OrganisationMember,
    HeldRow,
    HeldHistory,
)


def _certify(work: Work, made: dict[type[Base], list[Row]], held: Row, now: Utc) -> None:
    held["valid_until"] = work.ends[str(held["certification_id"])]
    made[HeldRow].append(
        held
        | {
            "status": HeldStatus.ACTIVE,
            "valid_from": now,
            "granted_by": work.actor.ref,
            "granted_at": now,
            "row_version": 1,
        }
    )
    step = {"at": now, "by": work.actor.ref, "action": HeldAction.GRANTED, "reason": None}
    made[HeldHistory].append(held | step | {"id": uuid7()})


def _period(key: str, line: Line) -> Row:
    return {
        "id": uuid7(),
        "member_id": key,
        "plan_id": line.plan,
        "valid_from": line.starts,
        "valid_until": line.ends,
        "row_version": 1,
    }


def _person(key: str, site: str, line: Line, now: Utc) -> Row:
    new = line.member
    guardian_name, guardian_phone, guardian_email = guardian_cells(new.guardian)
    return {
        "guardian_name": guardian_name,
        "guardian_phone": guardian_phone,
        "guardian_email": guardian_email,
        "id": key,
        "ref": new_ref(),
        "site_id": site,
        "display_name": new.display_name,
        "email": new.email,
        "language": new.language,
        "categories": list(new.categories),
        "aids": [],
        "status": new.status,
        "created_at": now,
        "row_version": 1,
    }


def _badge(member_id: str, number: CredentialId, vault: Vault, now: Utc) -> Row:
    key = uuid7()
    return {
        "id": key,
        "member_id": member_id,
        "holder_key": vault.holder_key(number),
        "sealed": vault.seal(number, key),
        "masked": masked(number),
        "assurance": Assurance.UID,
        "status": CredentialStatus.ACTIVE,
        "valid_from": None,
        "valid_until": None,
        "created_at": now,
        "row_version": 1,
    }
