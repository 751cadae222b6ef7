"""Kinds of retention, purpose and erasure, for the personal-data rules."""

from enum import StrEnum


class RetentionKind(StrEnum):
    """How long rows are kept."""

    PLACE = "place"
    """No personal data: as long as the fablab wants."""
    MEMBER = "member"
    """With the member: until `member_months` after the last subscription, or an erasure."""
    ACCESS = "access"
    """`access_days`; then the row loses the person."""
    REASON = "reason"
    """`reason_months`, for the texts of reasons."""
    MOMENT = "moment"
    """While the row is current, such as a presence, and two days at most."""
    ANSWER = "answer"
    """24 hours, for answers that are kept in case a request is repeated."""
    SHIFT = "shift"
    """30 days after the row was settled, such as a handover note that was marked as done."""
    INSTALLATION = "installation"
    """As long as the installation; it has opaque references, which are meaningless after an
    erasure."""
    SAFETY = "safety"
    """The safety register: as long as the fablab; it names nobody."""
    REGISTER = "register"
    """Five years after the end of the year, as the law requires of a register of minor accidents
    (Code de la sécurité sociale, D. 441-2); then only the fact, the time and
    the place remain."""
    BOOKS = "books"
    """Ten years, as the law requires of accounts (Code de commerce, L. 123-22); then without a
    person."""
    HISTORY = "history"
    """The history of machines: as long as they exist; names are removed at an erasure."""


class Purpose(StrEnum):
    """Purposes: the processing activities of the GDPR register."""

    RIGHTS = "rights"
    """Who may use what: members, badges, subscriptions and bookings."""
    TRAINING = "training"
    ACCESS = "access"
    """Who used what: taps, machine sessions and commands."""
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
    """The row stays without its references to the person."""
    REASON = "reason"
    """Nothing else in the row can be changed; its text is deleted after the audit has recorded the
    deletion."""
    COUNT = "count"
    """Deleted, but counted in totals."""
    BYTES = "bytes"
    """The bytes are deleted, their hash stays."""
    NOTE = "note"
    """The row has no reference to a person; if its text names the member it is deleted as a whole,
    since the audit has a hash of the text."""
