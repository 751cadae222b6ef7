"""Why a message was not sent, as types: what people read of it is made from these."""

from enum import StrEnum


class Trouble(StrEnum):
    """What went wrong at the last try, or why there is none."""

    DNS = "dns"
    """The server's name is not known."""
    REFUSED = "refused"
    """The connection was refused."""
    TIMEOUT = "timeout"
    TLS = "tls"
    """No encryption, or a certificate that is not the server's."""
    LOGIN = "login"
    SENDER = "sender"
    """The server does not take mail from our address."""
    LATER = "later"
    """The server says: not now (4xx)."""
    RECIPIENT = "recipient"
    """There is no such address (5xx)."""
    CONTENT = "content"
    """The server takes the address, and not the message (5xx)."""
    CUT = "cut"
    """The connection broke off, or what answers is no mail server."""
    NO_ADDRESS = "no_address"
    """Whom it is for has no address any more."""
    STOPPED = "stopped"
    """They want no more of these."""
    TURNED_OFF = "turned_off"
    """The site sends no more of these."""
    UNKNOWN = "unknown"
    """A newer program wrote it."""
    WORDS = "words"
    """It could not be put into words: the log says why."""
    LATE = "late"
    """The message is outdated, such as a link that has expired."""


FINAL = frozenset(
    {
        Trouble.RECIPIENT,
        Trouble.CONTENT,
        Trouble.NO_ADDRESS,
        Trouble.STOPPED,
        Trouble.TURNED_OFF,
        Trouble.UNKNOWN,
        Trouble.LATE,
    }
)
"""Another try would end the same."""

OF_THE_SERVER = frozenset(
    {
        Trouble.DNS,
        Trouble.REFUSED,
        Trouble.TIMEOUT,
        Trouble.TLS,
        Trouble.LOGIN,
        Trouble.SENDER,
        Trouble.CUT,
    }
)
"""With these no other message would go out now."""
