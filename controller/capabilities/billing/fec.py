"""Entries as a file in the columns of the *fichier des écritures comptables* (LPF, A47 A-1)."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date

from controller.capabilities.billing.books import NumberedEntry
from controller.capabilities.billing.cents import format_amount
from controller.capabilities.billing.entries import Entry
from controller.kernel.csv_cells import defuse

COLUMNS = (
    "JournalCode",
    "JournalLib",
    "EcritureNum",
    "EcritureDate",
    "CompteNum",
    "CompteLib",
    "CompAuxNum",
    "CompAuxLib",
    "PieceRef",
    "PieceDate",
    "EcritureLib",
    "Debit",
    "Credit",
    "EcritureLet",
    "DateLet",
    "ValidDate",
    "Montantdevise",
    "Idevise",
)
ENCODING = "iso8859-15"
_END = "\r\n"


def fec(entries: Iterable[NumberedEntry]) -> bytes:
    """Return the file: a line with the names of the columns, then one for each line of an entry."""
    lines = [COLUMNS, *(cells for entry in entries for cells in _lines(*entry))]
    return "".join("\t".join(cells) + _END for cells in lines).encode(ENCODING)


def name(siren: str, until: date) -> str:
    """Return the file's name, `SirenFECAAAAMMJJ.txt`; the day is the last of the period."""
    return f"{siren}FEC{_day(until)}.txt"


def description(siren: str, place: str, since: date, until: date) -> bytes:
    """Return the description that the law requires beside the file."""
    text = f"""Description du fichier {name(siren, until)}

Lieu : {place}
SIREN : {siren}
Période : du {since:%d/%m/%Y} au {until:%d/%m/%Y}
Logiciel : Loquet, qui mesure, tarife et note ; il n'encaisse rien et n'émet pas de facture.

Ce sont des écritures au format FEC, pas le fichier des écritures comptables de l'entité : celui-ci
couvre l'exercice entier de l'entité entière. Votre comptable les reprend dans le sien.

Codage : ISO 8859-15. Séparateur : tabulation. Fin de ligne : CR LF. Première ligne : les noms.
Dates : AAAAMMJJ. Montants : en euros, virgule décimale, sans séparateur de milliers.
Champs, dans l'ordre de l'article A47 A-1 du livre des procédures fiscales :
{", ".join(COLUMNS)}.

Journaux : VE, un relevé figé par écriture, daté du dernier jour de son mois, validé à la clôture ;
EN, un paiement noté par écriture, une annulation ou un remboursement étant une écriture inverse ;
VC, un versement d'espèces au comptable par écriture ; CA, un écart de caisse par écriture, le jour
du comptage : ce qui augmente le fonds y est un virement interne, le reste un manquant ou un
excédent. EcritureNum suit la numérotation de chaque journal, depuis 1 et sans trou dans l'année
civile.
EcritureLet, DateLet, Montantdevise et Idevise restent vides.
CompAuxNum : O, P ou M (structure, projet, personne) suivi de l'identifiant ; COMPTOIR pour ce qui
est vendu sans nom ; EFFACES pour les personnes effacées. Comptes et SIRET : réglés par le
trésorier.
"""
    return _replace_unknown(text, keeps="\n").replace("\n", _END).encode(ENCODING)


def _lines(number: int, entry: Entry) -> Iterator[tuple[str, ...]]:
    code, journal_name = entry.journal.value
    head = (code, journal_name, f"{number}", _day(entry.day))
    piece = (_text(entry.document), _day(entry.document_day), _text(entry.text))
    for line in entry.lines:
        yield (
            *head,
            line.account,
            _text(line.label),
            *map(_text, line.party),
            *piece,
            format_amount(line.debit),
            format_amount(line.credit),
            "",
            "",
            _day(entry.final_on),
            "",
            "",
        )


def _day(day: date) -> str:
    return f"{day:%Y%m%d}"


def _text(text: str) -> str:
    """Return the text as one cell: without tabs and line ends, encodable, and not a formula."""
    return defuse(_replace_unknown(re.sub(r"\s+", " ", text).strip()))


def _replace_unknown(text: str, keeps: str = "") -> str:
    return "".join(character if character in keeps else _letter(character) for character in text)


def _letter(letter: str) -> str:
    """Return the character, or the nearest printable one in ISO 8859-15, or `?`."""
    bare = unicodedata.normalize("NFKD", _PLAIN.get(letter, letter))
    for form in (letter, bare, bare[:1]):
        if form.isprintable() and _can_encode(form):
            return form
    return "?"


def _can_encode(text: str) -> bool:
    try:
        text.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    return True


_PLAIN = {
    "\u2019": "'",
    "\u2018": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u2013": "-",
    "\u2014": "-",
    "\u2011": "-",
    "\u2026": "...",
    "\u202f": " ",
    "\u00a0": " ",
    "Ł": "L",
    "ł": "l",
    "Đ": "D",
    "đ": "d",
    "ı": "i",
}
"""Replacements for typographic marks, and for letters that Unicode does not decompose."""
