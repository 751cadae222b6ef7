"""Answers of a *dossier annuel* that are not measured but typed, and stored for that year."""

from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from controller.capabilities.statistics.models import AnnualAnswer
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Invalid
from controller.kernel.validate import several_lines

MAX_ANSWER_CHARACTERS = 2000
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
    """Return the typed answers of a year. Raises Forbidden."""
    actor.require(Permission.REPORTS_READ, site_id)
    of_year = (AnnualAnswer.site_id == site_id, AnnualAnswer.year == year)
    rows = db.execute(select(AnnualAnswer.question, AnnualAnswer.text).where(*of_year))
    return {Question(question): text for question, text in rows if question in set(Question)}


def store_answers(
    db: Session,
    site_id: str,
    year: int,
    typed_answers: Mapping[Question, str],
    *,
    actor: Actor,
    now: Utc,
) -> None:
    """Replace these answers; an empty one deletes the stored one. Raises Forbidden, Invalid."""
    actor.require(WRITE, site_id)
    if not 2000 <= year <= 2999:
        raise Invalid.of("year", "a year from 2000 to 2999")
    for question, text in typed_answers.items():
        if len(text) > MAX_ANSWER_CHARACTERS:
            raise Invalid.of(question.value, f"text of at most {MAX_ANSWER_CHARACTERS} characters")
        several_lines(question.value, text)
    of_year = (AnnualAnswer.site_id == site_id, AnnualAnswer.year == year)
    db.execute(delete(AnnualAnswer).where(*of_year, AnnualAnswer.question.in_(list(typed_answers))))
    db.add_all(
        AnnualAnswer(
            site_id=site_id, year=year, question=question, text=text.strip(), by=actor.ref, at=now
        )
        for question, text in typed_answers.items()
        if text.strip()
    )
    db.flush()
