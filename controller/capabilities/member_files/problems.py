"""What can be wrong with a members' file: typed reasons, and the words that say what to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from controller.domain.facts import Language
from controller.domain.words.catalogue import N_
from controller.kernel.translation import catalogues

WORDS = Path(__file__).with_name("words")


class Why(StrEnum):
    """What is wrong, each with what to write instead."""

    WORKBOOK = "workbook"
    OLD_WORKBOOK = "old_workbook"
    PDF = "pdf"
    ENCODING = "encoding"
    NUL = "nul"
    QUOTES = "quotes"
    CONTROL = "control"
    ROWS = "rows"
    CELLS = "cells"
    COLUMN_UNKNOWN = "column_unknown"
    COLUMN_TWICE = "column_twice"
    COLUMN_MISSING = "column_missing"
    NAME = "name"
    EMAIL = "email"
    LANGUAGE = "language"
    STATUS = "status"
    GUARDIAN_NAME = "guardian_name"
    PHONE = "phone"
    VALUE = "value"
    ORGANISATION = "organisation"
    PLAN_UNKNOWN = "plan_unknown"
    PLAN_NONE = "plan_none"
    PLAN_MISSING = "plan_missing"
    FROM_MISSING = "from_missing"
    UNTIL_BEFORE = "until_before"
    DAY = "day"
    BADGE = "badge"
    BADGE_TWICE = "badge_twice"
    BADGE_GIVEN = "badge_given"
    CERTIFICATION_UNKNOWN = "certification_unknown"
    CERTIFICATION_NONE = "certification_none"
    CERTIFICATION_TWICE = "certification_twice"
    LEVEL = "level"


SAID: Mapping[Why, str] = {
    Why.WORKBOOK: N_(
        "c’est un classeur (.xlsx, .ods), pas un CSV : enregistrez-le en « CSV UTF-8 »"
    ),
    Why.OLD_WORKBOOK: N_("c’est un ancien classeur (.xls) : enregistrez-le en « CSV UTF-8 »"),
    Why.PDF: N_("c’est un PDF, pas un CSV : importez la liste en « CSV UTF-8 »"),
    Why.ENCODING: N_(
        "les octets %(bytes)s ne sont pas du texte en %(encoding)s : enregistrez en « CSV UTF-8 »"
    ),
    Why.NUL: N_("le caractère U+0000 n’est pas du texte ; si c’est un CSV, enregistrez en UTF-8"),
    Why.QUOTES: N_("vérifiez les guillemets (%(problem)s)"),
    Why.CONTROL: N_(
        "le caractère %(character)s n’est pas permis ici : retirez-le, ou retapez le texte"
    ),
    Why.ROWS: N_("plus de %(most)s lignes : partagez le fichier en plusieurs"),
    Why.CELLS: N_(
        "%(cells)s cases pour %(names)s colonnes dans la première ligne : vérifiez les séparateurs"
    ),
    Why.COLUMN_UNKNOWN: N_("colonne inconnue ; possibles : %(allowed)s"),
    Why.COLUMN_TWICE: N_("cette colonne y est deux fois : gardez-en une"),
    Why.COLUMN_MISSING: N_("cette colonne manque ; possibles : %(allowed)s"),
    Why.NAME: N_("écrivez le nom de la personne, de 200 caractères au plus"),
    Why.EMAIL: N_("écrivez une adresse comme nom@exemple.fr, ou laissez vide"),
    Why.LANGUAGE: N_("écrivez fr ou en, ou laissez vide pour fr"),
    Why.STATUS: N_("écrivez active, suspended ou left, ou laissez vide pour active"),
    Why.GUARDIAN_NAME: N_("écrivez le nom et le téléphone de la personne à appeler pour ce mineur"),
    Why.PHONE: N_("écrivez un numéro de téléphone comme 06 12 34 56 78"),
    Why.VALUE: N_("cette valeur n’est pas possible ici : %(problem)s"),
    Why.ORGANISATION: N_("aucune structure %(name)s, ou plusieurs : créez-la d’abord"),
    Why.PLAN_UNKNOWN: N_(
        "aucune formule %(plan)s : choisissez parmi %(some)s, ou créez-la d’abord"
    ),
    Why.PLAN_NONE: N_("aucune formule %(plan)s, il n’y en a encore aucune : créez-la d’abord"),
    Why.PLAN_MISSING: N_("écrivez la formule de cet abonnement, ou laissez ses jours vides"),
    Why.FROM_MISSING: N_("écrivez le premier jour de l’abonnement, AAAA-MM-JJ"),
    Why.UNTIL_BEFORE: N_("écrivez un jour qui n’est pas avant subscription_from"),
    Why.DAY: N_("« %(typed)s » n’est pas un jour : écrivez-le AAAA-MM-JJ"),
    Why.BADGE: N_("« %(typed)s » n’est pas un numéro de badge : écrivez-le comme uid:04A1B2C3"),
    Why.BADGE_TWICE: N_("le même badge qu’à la ligne %(first)s : une seule personne par badge"),
    Why.BADGE_GIVEN: N_("ce badge est déjà à quelqu’un : retirez-le, ou écrivez-en un autre"),
    Why.CERTIFICATION_UNKNOWN: N_(
        "aucune habilitation %(key)s : choisissez parmi %(some)s, ou créez-la d’abord"
    ),
    Why.CERTIFICATION_NONE: N_(
        "aucune habilitation %(key)s, il n’y en a encore aucune : créez-la d’abord"
    ),
    Why.CERTIFICATION_TWICE: N_("%(key)s y est deux fois : écrivez-la une seule fois"),
    Why.LEVEL: N_(
        "niveau « %(level)s » de %(key)s : écrivez accompanied ou user ; un formateur se nomme à la"
        " main"
    ),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a line (the header is line 1), and what to write instead."""

    line: int
    column: str
    why: Why
    values: Mapping[str, object] = field(default_factory=dict)

    def said(self, language: Language) -> str:
        """In that language."""
        return catalogues((WORDS,)).of(language).say(SAID[self.why], **self.values)

    @property
    def message(self) -> str:
        """In English, for the command line and the log."""
        return self.said(Language.EN)
