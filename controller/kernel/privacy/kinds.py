"""Kinds of personal data, retention, purpose and erasure, for the rules of tables."""

from enum import StrEnum


class Data(StrEnum):
    """The kind of personal data in a column."""

    PLAIN = "plain"
    """No personal data."""
    MEMBER = "member"
    """The id of a member."""
    REF = "ref"
    """The random reference of a member."""
    ACCOUNT = "account"
    """The id of an account."""
    ACTOR = "actor"
    """The actor, as an opaque reference: `account:ID`, `token:ID`, `member:ID`, `system:NAME`."""
    IDENTITY = "identity"
    """Identifies somebody: a name, an address, a badge."""
    ABOUT = "about"
    """Something that is true of a person."""
    HELP = "help"
    """Given with consent; may reveal health data (GDPR article 9)."""
    WORDS = "words"
    """Text by the row's member."""
    TEXT = "text"
    """Free text by anybody, which may name anybody."""
    REFERENCE = "reference"
    """A payment reference; in the member's rows only the digits are kept."""
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


class RetentionKind(StrEnum):
    """Retention periods."""

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
    """As long as the installation; opaque references, which are meaningless after an erasure."""
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
    """Purposes: the processing activities of the GDPR register."""

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


class ErasureKind(StrEnum):
    """What an erasure does with a member's rows."""

    NOTHING = "nothing"
    DELETE = "delete"
    EMPTY = "empty"
    """The row stays, and leads nowhere."""
    REASON = "reason"
    """The row can't be changed; its text is removed once the audit has recorded it."""
    COUNT = "count"
    """Deleted, but counted in totals."""
    BYTES = "bytes"
    """The bytes go, their hash stays."""
    NOTE = "note"
    """Leads to nobody; a row whose text names the member is deleted, for a hash holds the text."""
