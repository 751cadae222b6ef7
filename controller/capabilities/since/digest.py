"""The list as a mail: plain text and simple HTML, in the language of whoever gets it."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from sqlalchemy.orm import Session

from controller.capabilities.places.models import SiteRow
from controller.capabilities.since.rows import Listed, Row, Section, listed
from controller.capabilities.since.saying import Speaker
from controller.domain.facts import Language, Name
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.since import Weight
from controller.kernel.words import words
from controller.policy.reading import from_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A mail's subject and its two bodies."""

    subject: str
    text: str
    html: str
    waiting: int
    """How many rows nobody has ticked off; with none it need not be sent."""


def digest(
    db: Session,
    site_id: str,
    language: Language,
    since: Utc,
    *,
    actor: Actor,
    now: Utc,
    address: str = "",
) -> Digest:
    """What happened at a site since a moment, for this actor; `address`: of the page.

    Raises Forbidden.
    """
    site = db.get_one(SiteRow, site_id)
    found = listed(db, site_id, since, actor=actor, now=now)
    speaker = Speaker(words(db, language), site.time_zone, now)
    name = from_json(site.name, Name).read(language)
    subject = speaker.words.say(
        "%(site)s : ce qui est arrivé depuis %(since)s", site=name, since=speaker.at(since)
    )
    return Digest(
        subject=subject,
        text="\n".join(_text(found, speaker, subject, address)),
        html="".join(_html(found, speaker, subject, address)),
        waiting=found.open,
    )


def summary(found: Listed, speaker: Speaker) -> str:
    """How much there is to do and to know, in a sentence."""
    todo = found.weighing(Weight.BAD, Weight.TODO)
    know = found.weighing(Weight.KNOW)
    if not todo and not know:
        return speaker.words.say("Rien n’attend.")
    return speaker.words.say("%(todo)s à faire, %(know)s à savoir.", todo=todo, know=know)


def _waiting(found: Listed) -> Iterator[tuple[Section, list[Row]]]:
    """What a mail tells: what nobody has seen, and what is good to know."""
    for section in found.sections:
        if rows := [row for row in section.rows if row.seen is None]:
            yield section, rows


def _text(found: Listed, speaker: Speaker, title: str, address: str) -> Iterator[str]:
    yield title
    yield summary(found, speaker)
    for section, rows in _waiting(found):
        yield ""
        yield speaker.part(section.part)
        for row in rows:
            yield f"- {speaker.say(row.of.title)}"
            yield from (f"  {each}" for each in [_facts(row, speaker)] if each)
        if section.more:
            yield f"- {_more(section, speaker)}"
    if address:
        yield ""
        yield speaker.words.say("Tout voir et cocher : %(address)s", address=address)


def _html(found: Listed, speaker: Speaker, title: str, address: str) -> Iterator[str]:
    language = escape(speaker.words.language)
    yield f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
    yield f"<title>{escape(title)}</title><h1>{escape(title)}</h1>"
    yield f"<p>{escape(summary(found, speaker))}</p>"
    for section, rows in _waiting(found):
        yield f"<h2>{escape(speaker.part(section.part))}</h2><ul>"
        for row in rows:
            facts = _facts(row, speaker)
            rest = f"<br>{escape(facts)}" if facts else ""
            yield f"<li><strong>{escape(speaker.say(row.of.title))}</strong>{rest}</li>"
        if section.more:
            yield f"<li>{escape(_more(section, speaker))}</li>"
        yield "</ul>"
    if address:
        go = speaker.words.say("Tout voir et cocher")
        yield f'<p><a href="{escape(address)}">{escape(go)}</a></p>'
    yield "</html>"


def _facts(row: Row, speaker: Speaker) -> str:
    return " · ".join(speaker.say(each) for each in row.of.facts)


def _more(section: Section, speaker: Speaker) -> str:
    return speaker.words.count("et %(n)s autre", "et %(n)s autres", section.more)
