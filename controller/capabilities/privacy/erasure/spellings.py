"""How a person's names may be written in texts, and which of these can't mean anybody else.

A whole name, an address or a number is certain. A surname alone is certain, unless somebody else
has it, the place uses it for something, or it is an ordinary word. A first name alone never is.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.members.models import MemberRow, MemberWord
from controller.capabilities.privacy.erasure.everyday_words import EVERYDAY, NOT_PEOPLE
from controller.capabilities.privacy.erasure.texts import texts_in
from controller.kernel.privacy import Data, NameFinder, Person, rules_of, with_rows
from controller.kernel.privacy.names import folded_words, literal, phrase, telephone

_LEAST_WHOLE, _LEAST_OWN, _LEAST_ALONE, _LEAST_OPAQUE = 3, 3, 4, 5
"""Minimum number of characters: of a whole name, of a word in the person's own rows, of a surname
alone, and of a login or an id that is not a name."""
_HIDDEN = "•"
"""Stands for hidden digits of a badge number."""


@dataclass(frozen=True, slots=True)
class Spellings:
    """Patterns for `NameFinder`, by how certainly they mean the person."""

    certain: set[str] = field(default_factory=set)
    """Can't mean anybody else."""
    own: set[str] = field(default_factory=set)
    """Certain in rows that belong to the person."""
    own_everyday: set[str] = field(default_factory=set)
    """Like `own`, but ordinary words: only if they are capitalised."""
    doubtful: set[str] = field(default_factory=set)
    """May mean the person; somebody has to confirm each place."""


@dataclass(frozen=True, slots=True)
class _Name:
    """A name, as the typed words."""

    tokens: tuple[str, ...]

    @property
    def surnames(self) -> tuple[str, ...]:
        """Return the words in capitals, otherwise all but the first; none if it names no person."""
        if len(self.tokens) == 1:
            return self.tokens
        if not self._is_of_a_person():
            return ()
        capitals = tuple(token for token in self.tokens if token.isupper() and len(token) > 1)
        return capitals if 0 < len(capitals) < len(self.tokens) else self.tokens[1:]

    @property
    def first_names(self) -> tuple[str, ...]:
        """Return the words that are not surnames."""
        surnames = self.surnames
        return tuple(token for token in self.tokens if token not in surnames) if surnames else ()

    def spellings(self) -> Iterator[str]:
        """Yield the whole name beginning with each of its words, and first name with last name."""
        for start in range(len(self.tokens)):
            yield " ".join(self.tokens[start:] + self.tokens[:start])
        for first, last in product(self.first_names[:1], self.surnames[-1:]):
            yield f"{first} {last}"
            yield f"{last} {first}"

    def _is_of_a_person(self) -> bool:
        """Return False if only some words are in lower case, or the first one is in `NOT_PEOPLE`.

        *Club du lycée* is not a person.
        """
        small = [token for token in self.tokens if token.islower() and len(token) >= _LEAST_ALONE]
        is_mixed = bool(small) and not all(token.islower() for token in self.tokens)
        return not is_mixed and NOT_PEOPLE.isdisjoint(folded_words(self.tokens[0]))


def spellings_of(values: Collection[str], rarity: "Rarity") -> Spellings:
    """Return the patterns for these names, addresses and numbers."""
    names = [_Name(tuple(value.split())) for value in values if _is_name(value)]
    spellings = _whole_names(values)
    for name in names:
        _add_words(spellings, name, rarity)
    first_words = {
        word for name in names for token in name.first_names for word in folded_words(token)
    }
    for value in values:
        local = value.partition("@")[0] if "@" in value else ""
        if words := [word for word in folded_words(local) if not word.isdigit()]:
            is_surname = not first_words.issuperset(words)
            alone = is_surname and rarity.is_unambiguous(words)
            (spellings.certain if alone else spellings.doubtful).add(phrase(local))
    return spellings


def _whole_names(values: Collection[str]) -> Spellings:
    """Return the patterns for whole names, addresses and numbers."""
    spellings = Spellings()
    for value in values:
        spellings.certain.update(_addresses(value))
        for spelling in _Name(tuple(value.split())).spellings() if _is_name(value) else ():
            if len(spelling) >= _LEAST_WHOLE and len(folded_words(spelling)) > 1:
                is_ordinary = EVERYDAY.issuperset(folded_words(spelling))
                (spellings.doubtful if is_ordinary else spellings.certain).add(phrase(spelling))
    return spellings


def _add_words(spellings: Spellings, name: _Name, rarity: "Rarity") -> None:
    for token in name.surnames:
        for part in {token, *folded_words(token)}:
            alone = rarity.is_unambiguous(folded_words(part))
            (spellings.certain if alone else spellings.doubtful).add(phrase(part))
    for token in name.first_names:
        if rarity.is_unambiguous(folded_words(token)):
            spellings.doubtful.add(phrase(token))
    own_words = {
        word for token in name.tokens for word in folded_words(token) if len(word) >= _LEAST_OWN
    }
    spellings.own.update(map(phrase, own_words - EVERYDAY))
    spellings.own_everyday.update(map(phrase, own_words & EVERYDAY))


def _is_name(value: str) -> bool:
    has_letters = any(map(str.isalpha, value))
    return has_letters and not any(sign in value for sign in (*"@0123456789", _HIDDEN))


def _addresses(value: str) -> Iterator[str]:
    """Yield patterns for an address, a telephone number, a login or an id."""
    if _is_name(value) or _HIDDEN in value or not folded_words(value):
        return
    if "@" in value:
        yield literal(value)
    elif any(map(str.isalpha, value)):
        if len(value) >= _LEAST_OPAQUE:
            yield literal(value)
    elif number := telephone(value):
        yield number


@dataclass(frozen=True, slots=True)
class Rarity:
    """Decides whether a word can mean anybody or anything other than the person."""

    db: Session
    member_ids: tuple[str, ...]
    of_the_place: frozenset[str]
    """Words in names of machines, zones, plans and other things of the place."""
    of_others: frozenset[str]
    """Words in logins and in names of guardians of other people."""

    @classmethod
    def of(cls, db: Session, person: Person, values: Collection[str]) -> "Rarity":
        """Read the words that the place and others use.

        `values`: the person's names, which are ignored where they occur as a whole.
        """
        return cls(
            db,
            (person.id, *person.former),
            frozenset(_words_of_the_place(db, values)),
            frozenset(_words_of_others(db, person)),
        )

    def is_unambiguous(self, words: Iterable[str]) -> bool:
        """Return whether these words, next to each other, can mean only this person."""
        distinct = list(dict.fromkeys(words))
        if sum(map(len, distinct)) < _LEAST_ALONE or EVERYDAY.issuperset(distinct):
            return False
        if any(used.issuperset(distinct) for used in (self.of_the_place, self.of_others)):
            return False
        return not self._is_name_of_other(distinct)

    def _is_name_of_other(self, words: list[str]) -> bool:
        """Return whether another member's name contains all of these words."""
        bearers = [
            select(MemberWord.member_id).where(
                MemberWord.word == word[:40], MemberWord.member_id.not_in(self.member_ids)
            )
            for word in words
        ]
        has_words = [MemberRow.id.in_(bearer) for bearer in bearers]
        return self.db.scalar(select(MemberRow.id).where(*has_words).limit(1)) is not None


def _words_of_the_place(db: Session, values: Collection[str]) -> Iterator[str]:
    whole_names = NameFinder(_whole_names(values).certain)
    own_words = {word for value in values for word in folded_words(value)}
    for rule in with_rows(db, rules_of(db)):
        if columns := rule.of(Data.LABEL, Data.ORGANISATION):
            rows = db.execute(select(*map(rule.column, columns)))
            for text in {text for row in rows for value in row for text in texts_in(value)}:
                words = folded_words(text)
                if not own_words.isdisjoint(words):  # seldom
                    words = folded_words(whole_names.replace(text))
                yield from words


def _words_of_others(db: Session, person: Person) -> Iterator[str]:
    is_other = or_(AccountRow.member_id.is_(None), AccountRow.member_id != person.id)
    for login in db.scalars(select(AccountRow.login).where(is_other)):
        yield from folded_words(login.partition("@")[0])
    guarded = (MemberRow.id != person.id, MemberRow.guardian_name.is_not(None))
    for guardian in db.scalars(select(MemberRow.guardian_name).where(*guarded)):
        yield from folded_words(guardian or "")
