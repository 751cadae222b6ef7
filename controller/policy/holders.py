"""Compile holder rows: everything that the rule needs of the people behind the badges."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.models import Maintainer, MemberRow, Supervisor
from controller.capabilities.members.network import known_at
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.training.models import CertificationRow, HeldRow
from controller.capabilities.training.scope import counts_at
from controller.domain.facts import Aid, Held, Holder, Subscribed
from controller.domain.ids import AccessPointId, MemberRef
from controller.domain.time import Utc
from controller.policy.periods import ordered, pass_periods, periods_of
from controller.policy.reading import pairs


def compile_holders(
    db: Session, site_id: str, members: Sequence[str], now: Utc
) -> dict[str, Holder]:
    """The site's holder rows, by holder key, of those of these members (at most CHUNK) that it
    knows, with what counts at that site."""
    people = compile_people(db, site_id, members, now)
    badges = CredentialRow.__table__.c
    rows = db.execute(
        select(
            badges.holder_key,
            badges.member_id,
            badges.kind,
            badges.status,
            badges.valid_from,
            badges.valid_until,
            badges.assurance,
        ).where(badges.member_id.in_(people))
    )
    return {
        row.holder_key: replace(
            people[row.member_id],
            kind=row.kind,
            status=row.status,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            assurance=row.assurance,
        )
        for row in rows
    }


def compile_people(
    db: Session, site_id: str, members: Sequence[str], now: Utc
) -> dict[str, Holder]:
    """The same by member, as behind a badge that works: what is asked of a person alone."""
    held = _held(db, site_id, members)
    periods = periods_of(db, members, site_id)
    for member, period in pass_periods(db, members, site_id):
        periods.setdefault(member, []).append(period)
    maintains = pairs(
        db,
        members,
        Maintainer.member_id,
        Maintainer.access_point_id,
        Maintainer.access_point_id.in_(_ids(AccessPointRow, site_id)),
    )
    supervises = pairs(
        db,
        members,
        Supervisor.member_id,
        Supervisor.zone_id,
        Supervisor.zone_id.in_(_ids(ZoneRow, site_id)),
    )
    people = MemberRow.__table__.c
    result = {}
    for row in db.execute(
        select(
            people.id, people.ref, people.status, people.categories, people.language, people.aids
        ).where(people.id.in_(members), known_at([site_id]))
    ):
        subscribed = ordered(periods.get(row.id, []), now)
        first = subscribed[0] if subscribed else None
        result[row.id] = Holder(
            member=MemberRef(row.ref),
            member_status=row.status,
            plan=first.plan if first else None,
            subscription_from=first.start if first else None,
            subscription_until=first.end if first else None,
            grace_days=first.grace_days if first else 0,
            subscriptions=tuple(
                Subscribed(
                    plan=each.plan,
                    subscription_from=each.start,
                    subscription_until=each.end,
                    grace_days=each.grace_days,
                )
                for each in subscribed[1:]
            ),
            categories=tuple(row.categories),
            certifications=tuple(held.get(row.id, ())),
            maintains=tuple(AccessPointId(each) for each in maintains.get(row.id, ())),
            supervises=tuple(supervises.get(row.id, ())),
            language=row.language,
            aids=tuple(Aid(each) for each in row.aids),
        )
    return result


def _ids(model: type[AccessPointRow] | type[ZoneRow], site_id: str) -> Select[str]:
    return select(model.id).where(model.site_id == site_id)


def _held(db: Session, site_id: str, members: Sequence[str]) -> dict[str, list[Held]]:
    result = defaultdict(list)
    columns = HeldRow.__table__.c
    for row in db.execute(
        select(*columns)
        .join(CertificationRow, CertificationRow.id == columns.certification_id)
        .where(columns.member_id.in_(members), counts_at(CertificationRow, [site_id]))
        .order_by(columns.certification_id)
    ):
        result[row.member_id].append(
            Held(
                certification=row.certification_id,
                level=row.level,
                status=row.status,
                valid_from=row.valid_from,
                valid_until=row.valid_until,
            )
        )
    return result
