"""Why a message was not sent, as types from which pages make their texts."""

from enum import StrEnum


class Trouble(StrEnum):
    """Why the last attempt failed, or why there is none."""

    DNS = "dns"
    """The server's name could not be resolved."""
    REFUSED = "refused"
    """The connection was refused."""
    TIMEOUT = "timeout"
    TLS = "tls"
    """No encryption, or the certificate is not for this server."""
    LOGIN = "login"
    SENDER = "sender"
    """The server does not accept mail from our address."""
    LATER = "later"
    """The server refuses it for now (4xx)."""
    RECIPIENT = "recipient"
    """The recipient's address does not exist (5xx)."""
    CONTENT = "content"
    """The server accepts the address but refuses the message (5xx)."""
    CUT = "cut"
    """The connection broke off, or the other side is not a mail server."""
    NO_ADDRESS = "no_address"
    """The recipient has no address any more."""
    STOPPED = "stopped"
    """The recipient has unsubscribed."""
    TURNED_OFF = "turned_off"
    """The site has turned off this kind of message."""
    UNKNOWN = "unknown"
    """A newer version wrote it; this one does not know the kind."""
    WORDS = "words"
    """Its text could not be composed; the log has the reason."""
    LATE = "late"
    """The message is outdated, such as a link that has expired."""


FINAL_TROUBLES = frozenset(
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
"""Troubles after which another attempt is pointless."""

SERVER_TROUBLES = frozenset(
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
"""Troubles of the mail server: no other message could be sent now either."""
