"""Why a file of another program can't be read: typed reasons, and their texts."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from controller.domain.facts import Language
from controller.domain.locale.catalogue import N_
from controller.kernel.errors import ServiceError

TEXTS = Path(__file__).parents[1] / "texts"


class ReadProblem(StrEnum):
    """What is wrong with the file, or which limit it exceeds."""

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


PROBLEM_TEXTS: Mapping[ReadProblem, str] = {
    ReadProblem.DAMAGED: N_("The file is damaged: save it again, then try once more."),
    ReadProblem.KIND: N_("This is not the right file: %(problem)s."),
    ReadProblem.TOML: N_("The file is not TOML: %(problem)s."),
    ReadProblem.SIZE: N_("The file is larger than %(most)s MB: keep only what you need."),
    ReadProblem.ROWS: N_(
        "More than %(most)s rows: delete the empty rows at the end, or split the file."
    ),
    ReadProblem.COLUMNS: N_("More than %(most)s columns: keep those you need."),
    ReadProblem.CELLS: N_("More than %(most)s filled cells: split the file."),
    ReadProblem.TIME: N_(
        "Reading the file was stopped because it took too long. Nothing was imported."
    ),
    ReadProblem.MEMORY: N_(
        "Reading the file was stopped because it took too much memory. Nothing was imported."
    ),
    ReadProblem.BUSY: N_("Other files are being read: try again in a minute."),
}


class NotReadable(ServiceError):
    """The file was rejected as a whole; `why` is the problem."""

    def __init__(self, why: ReadProblem, **values: str | int) -> None:
        self.why, self.values = why, values
        super().__init__(f"the file can't be read: {why}")

    def __str__(self) -> str:
        """Return the problem in English, for the command line and the log."""
        return self.text_in(Language.EN)

    def text_in(self, language: Language) -> str:
        """Return the problem in that language, as a whole sentence."""
        from controller.kernel.translation import (
            catalogues,  # the sandboxed process does not need it
        )

        thousands = "\u202f" if language is Language.FR else ","
        values = {
            name: f"{value:,}".replace(",", thousands) if isinstance(value, int) else value
            for name, value in self.values.items()
        }
        return catalogues((TEXTS,)).of(language).say(PROBLEM_TEXTS[self.why], **values)
