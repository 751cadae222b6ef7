"""The page where a site turns kinds of e-mail on or off, with an example of each per language."""

from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.messages import site_choices
from controller.capabilities.messages.permissions import MESSAGES
from controller.domain.facts import Name
from controller.domain.time import Utc
from controller.kernel.database import Session
from controller.kernel.message import Letter, Message, MessageContext
from controller.kernel.translation import languages, translator
from webui.acts import write_action
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, site
from webui.i18n import _, current, name_of
from webui.undo import done_with_undo

pages = Pages("letters", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """An example of an e-mail in one language."""

    language: str
    language_name: str
    letter: Letter


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterChoice:
    """A kind of e-mail, and whether the site sends it."""

    what: str
    """The kind's identifier."""
    title: str
    is_on: bool
    previews: tuple[Preview, ...]


@pages.get("/mail/letters", MESSAGES)
def show() -> ResponseReturnValue:
    """Show all kinds of e-mail that the site may turn off."""
    given, at = context(), site()
    actor().require(MESSAGES, at.id)
    with given.database.read() as db:
        disabled = site_choices.disabled_kinds(db, at.id)
        kinds = given.database.house.messages.of_sites_choice
        choices = [_choice(db, kind, disabled, given.clock()) for kind in kinds]
    return render_template(
        "letters/letters.html", choices=choices, mail_is_on=given.settings.mail.is_on
    )


@pages.post("/mail/letters/<what>", MESSAGES)
def choose(what: str) -> ResponseReturnValue:
    """Turn this kind of e-mail on or off for the site."""
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
    return redirect(url_for("letters.show"), 303)


def _choice(db: Session, kind: type[Message], disabled: frozenset[str], now: Utc) -> LetterChoice:
    return LetterChoice(
        what=kind.WHAT,
        title=translator(db, current()).say(kind.TITLE),
        is_on=kind.WHAT not in disabled,
        previews=tuple(_previews(db, kind, now)),
    )


def _previews(db: Session, kind: type[Message], now: Utc) -> list[Preview]:
    example, at = kind.example(now), site()
    found = []
    for language in languages():
        place = Name(fr=at.name.fr, en=at.name.en).read(language)
        telling = MessageContext(
            translator=translator(db, language),
            place=place,
            zone=at.time_zone,
            now=now,
            secret="",
            db=db,
        )
        name = name_of(language)
        found.append(Preview(language=language, language_name=name, letter=example.letter(telling)))
    return found
