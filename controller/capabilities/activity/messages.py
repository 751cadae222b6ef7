"""The morning digest: the activity list as an e-mail, for staff who subscribe to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from sqlalchemy.orm import Session

from controller.capabilities.accounts.identity import actor_of
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.activity.rows import ActivityList, Row, Section, list_activity
from controller.domain.facts import Name
from controller.domain.locale.catalogue import N_, Translator
from controller.domain.locale.time import format_near
from controller.domain.time import Utc
from controller.kernel.activity import ActivityText, Part, Weight
from controller.kernel.actor import Permission
from controller.kernel.message import Letter, Link, Listing, Message, MessageContext, strip_links

# The text of a row, in a language and the site's time zone, on the page and in the e-mail.

_PARTS: Mapping[Part, str] = {
    Part.FAULTS: N_("Faults and alarms"),
    Part.USER_REPORTS: N_("Reported by users"),
    Part.BADGES: N_("Lent badges not returned"),
    Part.PEOPLE: N_("New members"),
    Part.RIGHTS: N_("Rights ending this week"),
    Part.SESSIONS: N_("Sessions of the week"),
    Part.BOOKINGS: N_("Bookings"),
    Part.MAINTENANCE: N_("Maintenance and backup"),
    Part.SAFETY: N_("Safety"),
}


@dataclass(frozen=True, slots=True)
class ActivityTextRenderer:
    """Renders the list's texts in a language and a site's time zone."""

    translator: Translator
    zone: str
    now: Utc
    strips_links: bool = False
    """Whether web addresses are removed from the values, as in an e-mail."""

    def part(self, part: Part) -> str:
        """Return the heading of a part of the list."""
        return self.translator.say(_PARTS[part])

    def say(self, text: ActivityText) -> str:
        """Return the translated text, with its values."""
        values = {name: self._value(value) for name, value in text.values.items()}
        if not text.many:
            return (
                self.translator.say(text.text, **values)
                if values
                else self.translator.say(text.text)
            )
        return self.translator.choose(text.text, text.many, int(text.values["n"])) % values

    def at(self, moment: Utc) -> str:
        """Return a time relative to now, like `hier à 18:00`."""
        return format_near(moment, self.now, self.zone, self.translator)

    def _value(self, value: object) -> object:
        match value:
            case ActivityText():
                return self.say(value)
            case Utc():
                return self.at(value)
            case Name():
                return self._without_links(value.read(self.translator.language))
            case _:
                return self._without_links(value)

    def _without_links(self, value: object) -> object:
        return strip_links(value) if self.strips_links else value


# The activity list as an e-mail, in the recipient's language.


def letter(activity: ActivityList, renderer: ActivityTextRenderer, place: str) -> Letter:
    """Return the e-mail with the unseen rows."""
    since = renderer.at(activity.since)
    say = renderer.translator.say
    return Letter(
        subject=say("%(site)s: what has happened since %(since)s", site=place, since=since),
        lines=(summary(activity, renderer),),
        lists=tuple(_lists(activity, renderer)),
        link=Link(say("View and mark as seen"), "/since"),
    )


def summary(activity: ActivityList, renderer: ActivityTextRenderer) -> str:
    """Return a sentence with the number of rows to act on, and of those for information."""
    todo = activity.weighing(Weight.BAD, Weight.TODO)
    know = activity.weighing(Weight.KNOW)
    if not todo and not know:
        return renderer.translator.say("Nothing to report.")
    return renderer.translator.say(
        "%(todo)s to do, %(know)s for information.", todo=todo, know=know
    )


def _lists(activity: ActivityList, renderer: ActivityTextRenderer) -> Iterator[Listing]:
    for section in activity.sections:
        items = [_item(row, renderer) for row in section.rows if row.tick is None]
        if items and section.more:
            items.append((_more_text(section, renderer), ""))
        if items:
            yield Listing(renderer.part(section.part), tuple(items))


def _item(row: Row, renderer: ActivityTextRenderer) -> tuple[str, str]:
    facts = " · ".join(renderer.say(fact) for fact in row.activity.facts)
    return renderer.say(row.activity.title), facts


def _more_text(section: Section, renderer: ActivityTextRenderer) -> str:
    return renderer.translator.count("and %(n)s more", "and %(n)s more", section.more)


MAX_DELAY = timedelta(hours=12)
"""A digest that is later than this is not sent, for example after the server was off."""


class DigestMessage(Message, frozen=True, kw_only=True):
    """The digest of the past day; the list is read when the message is sent."""

    WHAT: ClassVar[str] = "digest"
    TITLE: ClassVar[str] = N_("Morning digest")

    site: str
    account: str
    since: str
    due: str

    def is_still_relevant(self, db: Session) -> bool:
        """Return whether the account may still read the list."""
        row = db.get(AccountRow, self.account)
        if row is None or row.disabled_at is not None:
            return False
        return actor_of(db, row).may(Permission.EVENTS_READ, self.site)

    def until(self) -> Utc | None:
        """Return the latest time to send it: before the next day's digest."""
        return Utc.of(Utc.parse(self.due) + MAX_DELAY)

    def letter(self, to: MessageContext) -> Letter:
        actor = actor_of(to.db, to.db.get_one(AccountRow, self.account))
        since = Utc.parse(self.since)
        activity = list_activity(to.db, self.site, since, actor=actor, now=to.now)
        renderer = ActivityTextRenderer(to.translator, to.zone, to.now, strips_links=True)
        return letter(activity, renderer, to.place)


MESSAGES = (DigestMessage,)
