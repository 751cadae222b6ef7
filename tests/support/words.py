"""The texts of the house for tests: a text that is in no catalogue is an error, never shown."""

from gettext import NullTranslations
from typing import NoReturn

from controller.domain.facts import Language
from devices.agent.words import read


class _Missing(NullTranslations):
    def gettext(self, message: str) -> NoReturn:
        raise AssertionError(f"in no catalogue: {message!r}")

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> NoReturn:
        self.gettext(f"{msgid1} | {msgid2}")


WORDS = read()
FR, EN = WORDS.of(Language.FR), WORDS.of(Language.EN)
FR._texts.add_fallback(_Missing())
