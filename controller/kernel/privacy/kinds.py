"""What columns hold of people, how long it is kept, what for, and what an erasure does."""

from enum import StrEnum


class Data(StrEnum):
    """What a column holds of people."""

    PLAIN = "plain"
    """Nothing."""
    MEMBER = "member"
    """The id of a member."""
    REF = "ref"
    """The random reference of a member."""
    ACCOUNT = "account"
    """The id of an account."""
    ACTOR = "actor"
    """Who did it, as an opaque reference: `account:ID`, `token:ID`, `member:ID`, `system:NAME`."""
    IDENTITY = "identity"
    """Who somebody is: a name, an address, a badge."""
    ABOUT = "about"
    """Something that is true of a person."""
    HELP = "help"
    """Given by consent; may tell of somebody's health (RGPD article 9)."""
    WORDS = "words"
    """What the member of the row wrote."""
    TEXT = "text"
    """What anybody wrote, who may have named anybody."""
    REFERENCE = "reference"
    """What a payment is found by: of the member's own rows only the numbers stay."""
    LABEL = "label"
    """What the place calls something of its own, and why its rules are so: taken out only where
    somebody says so."""
    BODY = "body"
    """What an organisation is called and where it is: in the same way."""
    BOOKED = "booked"
    """Stays as it was given out: on papers that law keeps, or in published figures."""
    RAW = "raw"
    """Bytes or JSON of a program, which may hold references."""
    SEALED = "sealed"
    """A hash or something sealed; shown to nobody."""


class Kept(StrEnum):
    """How long."""

    PLACE = "place"
    """No person: as long as the place wants."""
    MEMBER = "member"
    """With the member: `member_months` after the last subscription, or until an erasure."""
    ACCESS = "access"
    """`access_days`; then without a person."""
    REASON = "reason"
    """`reason_months`."""
    MOMENT = "moment"
    """While it lasts, and two days at most."""
    ANSWER = "answer"
    """24 hours."""
    SHIFT = "shift"
    """30 days after it is done."""
    CHAIN = "chain"
    """As long as the installation: opaque references, which lead nowhere after an erasure."""
    SAFETY = "safety"
    """The safety register: as long as the place; it names nobody."""
    REGISTER = "register"
    """Five years after the end of its year: what law asks of a register of minor accidents (Code de
    la sécurité sociale, D. 441-2); then that it happened, when and where."""
    BOOKS = "books"
    """Ten years, as law asks of books (Code de commerce, L. 123-22); then without a person."""
    HISTORY = "history"
    """The history of machines: as long as they are there; names are taken out at an erasure."""


class Purpose(StrEnum):
    """What for: the processing of the register to which a table belongs."""

    RIGHTS = "rights"
    TRAINING = "training"
    ACCESS = "access"
    PRESENCE = "presence"
    ACCOUNTS = "accounts"
    MAINTENANCE = "maintenance"
    SAFETY = "safety"
    MONEY = "money"
    STATISTICS = "statistics"
    NONE = "none"


class Erased(StrEnum):
    """What the erasure of a member does with the rows that lead to them."""

    NOTHING = "nothing"
    DELETE = "delete"
    EMPTY = "empty"
    """The row stays, and leads nowhere."""
    REASON = "reason"
    """Nobody can change the row: its words go, once the audit says so."""
    COUNT = "count"
    """Deleted, and counted where the total is told."""
    BYTES = "bytes"
    """The bytes go, their hash stays."""
    NOTE = "note"
    """Leads to nobody; a row whose text names the member is deleted, for a hash holds the text."""
