"""Charges the material of a print automatically, once the print's end is known."""

import math
from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.billing import charges, ledger, months
from controller.capabilities.billing.calculation import Tariff, tariff_on
from controller.capabilities.billing.kinds import EntryKind
from controller.capabilities.billing.models import MoneyEntry
from controller.capabilities.billing.rates import ArticleRate
from controller.capabilities.members.models import MemberRow
from controller.capabilities.print_jobs.changes import PrintSettled
from controller.domain.time import Utc
from controller.kernel import audit


def enter_material(db: Session, settled: PrintSettled) -> None:
    """Enter a finished print's material as a manual entry, which can be cancelled.

    One that failed has used material too (decision 0333). The payer is found each time that charges
    are derived: it may be a course (decision 0317).
    """
    job, now = settled.job, settled.now
    at = job.settled_at or now
    grams = math.ceil(job.used_grams or 0)  # a started gram is a gram
    entry = db.get(MoneyEntry, job.id)
    if entry is not None:
        _correct(db, entry, grams, now)
        return
    if grams < 1:
        return
    day = months.day_of(at, months.zone_of(db, job.site_id))
    article = article_of(ledger.tariffs_of(db, job.site_id), job.access_point_id, day)
    if article is None:
        return
    member = _member(db, job.member_ref)
    entry = MoneyEntry(
        id=job.id,
        site_id=job.site_id,
        kind=EntryKind.ARTICLE,
        at=at,
        member_id=member.id if member else None,
        organisation_id=None,
        project_id=None,
        article=article.id,
        quantity=grams,
        remitted_cents=None,
        reason=None,
        by=settled.actor.ref,
        cancelled_at=None,
    )
    db.add(entry)
    db.flush()
    subject = f"money_entry:{entry.id}"
    audit.record(db, settled.actor, now, "article_charged", subject, job.site_id)
    charges.derive_for(db, job.site_id, member, entry.at, now)


def _correct(db: Session, entry: MoneyEntry, grams: int, now: Utc) -> None:
    """Correct the weight of an entry that was made before the print's end was known."""
    entry.quantity = grams
    db.flush()
    member = db.get(MemberRow, entry.member_id) if entry.member_id else None
    charges.derive_for(db, entry.site_id, member, entry.at, now)


def article_of(tariffs: Sequence[Tariff], printer: str, day: date) -> ArticleRate | None:
    """Return the material that the printer uses, if the tariff of that day has a price for it."""
    tariff = tariff_on(tariffs, day)
    articles = (rate for rate in (tariff.rates if tariff else ()) if isinstance(rate, ArticleRate))
    return next((article for article in articles if article.access_point == printer), None)


def _member(db: Session, ref: str | None) -> MemberRow | None:
    return db.scalar(select(MemberRow).where(MemberRow.ref == ref)) if ref else None
