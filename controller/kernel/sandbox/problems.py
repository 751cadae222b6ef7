"""Why a file of another program can't be read: typed reasons, and the sentences for them."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from controller.domain.facts import Language
from controller.domain.words.catalogue import N_
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
    Why.DAMAGED: N_("Le fichier est abîmé : enregistrez-le de nouveau, puis réessayez."),
    Why.KIND: N_("Ce n’est pas le bon fichier : %(problem)s."),
    Why.TOML: N_("Le fichier n’est pas du TOML : %(problem)s."),
    Why.SIZE: N_("Le fichier dépasse %(most)s Mo : gardez seulement ce qui sert."),
    Why.ROWS: N_(
        "Plus de %(most)s lignes : supprimez les lignes vides de la fin, ou partagez le fichier."
    ),
    Why.COLUMNS: N_("Plus de %(most)s colonnes : gardez celles qui servent."),
    Why.CELLS: N_("Plus de %(most)s cases remplies : partagez le fichier en plusieurs."),
    Why.TIME: N_(
        "La lecture du fichier a été arrêtée, car elle prenait trop de temps. Rien n’a été importé."
    ),
    Why.MEMORY: N_(
        "La lecture du fichier a été arrêtée, car elle prenait trop de mémoire. Rien n’a été"
        " importé."
    ),
    Why.BUSY: N_("D’autres fichiers sont en cours de lecture : réessayez dans une minute."),
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
