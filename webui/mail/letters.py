"""The letters that a site may turn off, with their counts and an example of each per language."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.messages import site_choices
from controller.capabilities.messages.permissions import MANAGE_MESSAGES
from controller.domain.facts import Language, Name
from controller.domain.time import Utc
from controller.kernel.database import Session
from controller.kernel.message import Letter, Message, MessageContext
from controller.kernel.translation import languages, translator
from webui.feature import Pages
from webui.guard import actor, site
from webui.i18n import _, current, name_of, pgettext
from webui.undo import done_with_undo
from webui.write_actions import write_action

pages = Pages("letters", __name__)

FILLED, END = "\ue000", "\ue001"
"""Characters of the private use area, around what is filled into a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """An example of a letter in one language."""

    language: str
    language_name: str
    letter: Letter


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterKind:
    """A kind of letter, how many went out this month, and whether the site sends it."""

    what: str
    title: str
    count: int
    is_on: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """All kinds of letters, and the one that is shown."""

    groups: Mapping[str, tuple[LetterKind, ...]]
    """Letters that the site may turn off, by heading."""
    always: tuple[LetterKind, ...]
    """Letters that the site can't turn off."""
    open: LetterKind
    previews: tuple[Preview, ...]

    @property
    def kinds(self) -> list[LetterKind]:
        """Return the kinds of all groups, then those that are always sent."""
        return [*(kind for group in self.groups.values() for kind in group), *self.always]


class MarkingContext(MessageContext):
    """Translates a letter's texts with marks around the filled-in values."""

    def say(self, text: str, **values: object) -> str:
        """Return the text; a value that already contains marks gets no further ones."""
        marked = {
            name: f"{FILLED}{value}{END}"
            if isinstance(value, str) and value and FILLED not in value
            else value
            for name, value in values.items()
        }
        return MessageContext.say(self, text, **marked)


@pages.post("/mail/letters/<what>", MANAGE_MESSAGES)
def choose(what: str) -> ResponseReturnValue:
    """Turn this kind of letter on or off for the site."""
    is_on = request.form.get("on") == "yes"
    with write_action() as (db, now):
        kind = site_choices.choose(db, site().id, what, is_on=is_on, actor=actor(), now=now)
        name = translator(db, current()).say(kind.TITLE)
    text = (
        _("These e-mails are sent: %(name)s.")
        if is_on
        else _("These e-mails are no longer sent: %(name)s.")
    )
    done_with_undo(text % {"name": name}, "letters.choose", what=what, on="no" if is_on else "yes")
    return redirect(url_for("mail.show", letter=what), 303)


def read_letters(db: Session, counts: Mapping[str, int], what: str | None, now: Utc) -> Letters:
    """Return all letters; the requested one is shown, otherwise the first."""
    disabled = site_choices.disabled_kinds(db, site().id)
    headings = {
        "bookings": _("Bookings"),
        "training": _("Training"),
        "plans": pgettext("letters", "Subscriptions"),
    }
    groups: dict[str, list[LetterKind]] = {heading: [] for heading in headings.values()}
    always, by_feature = [], {}
    for feature in db.info["house"].features:
        for kind in feature.messages:
            row = LetterKind(
                what=kind.WHAT,
                title=translator(db, current()).say(kind.TITLE),
                count=counts.get(kind.WHAT, 0),
                is_on=kind.WHAT not in disabled,
            )
            if not kind.SITE_CHOOSES:
                always.append(row)
                continue
            groups[headings[feature.name]].append(row)
            by_feature[kind.WHAT] = kind
    rows = [row for group in groups.values() for row in group]
    shown = next((row for row in rows if row.what == what), rows[0])
    return Letters(
        groups={heading: tuple(rows) for heading, rows in groups.items()},
        always=tuple(sorted(always, key=lambda row: (-row.count, row.title))),
        open=shown,
        previews=tuple(_previews(db, by_feature[shown.what], now)),
    )


def example(db: Session, what: str, language: Language, now: Utc) -> Letter | None:
    """Return an example of the letter; None if there is no such letter."""
    kind = db.info["house"].messages.kind(what)
    if kind is None or not kind.SITE_CHOOSES:
        return None
    sample = kind.example(_full_hour(now))
    letter: Letter = sample.letter(_context(MessageContext, db, language, now))
    return letter


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Split a marked text: each piece, and whether it is filled in."""
    for piece in text.split(FILLED):
        filled, end, rest = piece.rpartition(END)
        if end:
            yield filled.replace(END, ""), True
        if rest:
            yield rest, False


def _previews(db: Session, kind: type[Message], now: Utc) -> Iterator[Preview]:
    sample = kind.example(_full_hour(now))
    for language in languages():
        letter = sample.letter(_context(MarkingContext, db, language, now))
        yield Preview(language=language, language_name=name_of(language, language), letter=letter)


def _full_hour(now: Utc) -> Utc:
    """Return the hour that begins or began nearest to now, as things are planned."""
    return Utc.of((now + timedelta(minutes=30)).replace(minute=0, second=0, microsecond=0))


def _context(
    context_type: type[MessageContext], db: Session, language: Language, now: Utc
) -> MessageContext:
    place = site()
    return context_type(
        translator=translator(db, language),
        place=Name(fr=place.name.fr, en=place.name.en).read(language),
        zone=place.time_zone,
        now=now,
        secret="",
        db=db,
    )
