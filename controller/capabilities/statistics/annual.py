"""Answers of a *dossier annuel* that nobody measures: typed once, and stored for that year."""

from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from controller.capabilities.statistics.models import AnnualAnswer
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Invalid
from controller.kernel.validate import several_lines

LONGEST = 2000
"""Maximum number of characters of an answer."""
WRITE = Permission.RULES_WRITE


class Question(StrEnum):
    """Questions of the annual report."""

    STAFF = "staff"
    ACCOUNTS = "accounts"
    SUBSIDIES = "subsidies"
    OUTCOMES = "outcomes"
    OUTSIDE = "outside"
    HIGHLIGHTS = "highlights"


def answers(db: Session, site_id: str, year: int, *, actor: Actor) -> dict[Question, str]:
    """Return the answers of a year that were typed. Raises Forbidden."""
    actor.require(Permission.REPORTS_READ, site_id)
    here = (AnnualAnswer.site_id == site_id, AnnualAnswer.year == year)
    rows = db.execute(select(AnnualAnswer.question, AnnualAnswer.text).where(*here))
    return {Question(question): text for question, text in rows if question in set(Question)}


def store_answers(
    db: Session, site_id: str, year: int, said: Mapping[Question, str], *, actor: Actor, now: Utc
) -> None:
    """Store these answers over the earlier ones; an empty one is deleted.

    Raises Forbidden, Invalid.
    """
    actor.require(WRITE, site_id)
    if not 2000 <= year <= 2999:
        raise Invalid.of("year", "a year from 2000 to 2999")
    for question, text in said.items():
        if len(text) > LONGEST:
            raise Invalid.of(question.value, f"text of at most {LONGEST} characters")
        several_lines(question.value, text)
    same = (AnnualAnswer.site_id == site_id, AnnualAnswer.year == year)
    db.execute(delete(AnnualAnswer).where(*same, AnnualAnswer.question.in_(list(said))))
    db.add_all(
        AnnualAnswer(
            site_id=site_id, year=year, question=question, text=text.strip(), by=actor.ref, at=now
        )
        for question, text in said.items()
        if text.strip()
    )
    db.flush()
