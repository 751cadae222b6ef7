"""Why a file of another program can't be read: typed reasons, and the sentences for them."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from controller.domain.facts import Language
from controller.domain.locale.catalogue import N_
from controller.kernel.errors import ServiceError

TEXTS = Path(__file__).parents[1] / "texts"


class Why(StrEnum):
    """What is wrong, or which limit it went beyond."""

    DAMAGED = "damaged"
    KIND = "kind"
    TOML = "toml"
    SIZE = "size"
    ROWS = "rows"
    COLUMNS = "columns"
    CELLS = "cells"
    TIME = "time"
    MEMORY = "memory"
    BUSY = "busy"


SAID: Mapping[Why, str] = {
    Why.DAMAGED: N_("The file is damaged: save it again, then try once more."),
    Why.KIND: N_("This is not the right file: %(problem)s."),
    Why.TOML: N_("The file is not TOML: %(problem)s."),
    Why.SIZE: N_("The file is larger than %(most)s MB: keep only what you need."),
    Why.ROWS: N_("More than %(most)s rows: delete the empty rows at the end, or split the file."),
    Why.COLUMNS: N_("More than %(most)s columns: keep those you need."),
    Why.CELLS: N_("More than %(most)s filled cells: split the file."),
    Why.TIME: N_("Reading the file was stopped because it took too long. Nothing was imported."),
    Why.MEMORY: N_(
        "Reading the file was stopped because it took too much memory. Nothing was imported."
    ),
    Why.BUSY: N_("Other files are being read: try again in a minute."),
}


class NotReadable(ServiceError):
    """Nothing of the file is taken; `why` says what is wrong with it."""

    def __init__(self, why: Why, **values: str | int) -> None:
        self.why, self.values = why, values
        super().__init__(f"the file can't be read: {why}")

    def __str__(self) -> str:
        """In English, for the command line and the log."""
        return self.said(Language.EN)

    def said(self, language: Language) -> str:
        """In that language, as a whole sentence."""
        from controller.kernel.translation import (
            catalogues,  # the process that reads has no need of it
        )

        thousands = "\u202f" if language is Language.FR else ","
        values = {
            name: f"{value:,}".replace(",", thousands) if isinstance(value, int) else value
            for name, value in self.values.items()
        }
        return catalogues((TEXTS,)).of(language).say(SAID[self.why], **values)
