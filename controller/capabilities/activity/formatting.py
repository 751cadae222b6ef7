"""What a row says, in a language and at a site's time: the same on the page and in the mail."""

from collections.abc import Mapping
from dataclasses import dataclass

from controller.domain.facts import Name
from controller.domain.locale.catalogue import N_, Translator
from controller.domain.locale.time import format_near
from controller.domain.time import Utc
from controller.kernel.activity import ActivityText, Part

_PARTS: Mapping[Part, str] = {
    Part.FAULTS: N_("Faults and alarms"),
    Part.TOLD: N_("Reported by users"),
    Part.BADGES: N_("Lent badges that are out"),
    Part.PEOPLE: N_("New members"),
    Part.RIGHTS: N_("Rights that end this week"),
    Part.SESSIONS: N_("Sessions of the week"),
    Part.BOOKINGS: N_("Bookings"),
    Part.MAINTENANCE: N_("Maintenance and backup"),
    Part.SAFETY: N_("Safety"),
}


@dataclass(frozen=True, slots=True)
class Speaker:
    """Speaks a language, at a site's time."""

    translator: Translator
    zone: str
    now: Utc

    def part(self, part: Part) -> str:
        """What a part of the list is called."""
        return self.translator.say(_PARTS[part])

    def say(self, said: ActivityText) -> str:
        """The text, with all its values in this language."""
        values = {name: self._value(value) for name, value in said.values.items()}
        if not said.many:
            return (
                self.translator.say(said.text, **values)
                if values
                else self.translator.say(said.text)
            )
        return self.translator.choose(said.text, said.many, int(said.values["n"])) % values

    def at(self, moment: Utc) -> str:
        """`hier à 18:00`."""
        return format_near(moment, self.now, self.zone, self.translator)

    def _value(self, value: object) -> object:
        match value:
            case ActivityText():
                return self.say(value)
            case Utc():
                return self.at(value)
            case Name():
                return value.read(self.translator.language)
            case _:
                return value
