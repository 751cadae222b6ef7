"""What went wrong with a message, and what to do about it, in plain words."""

from collections.abc import Mapping

from controller.capabilities.messages.troubles import Trouble
from webui.i18n import _


def texts() -> Mapping[Trouble, str]:
    """The explanation of each kind of delivery problem."""
    return {
        Trouble.DNS: _("The name of the mail server does not exist. Check “host”."),
        Trouble.REFUSED: _("Nothing answers at this address and port. Check “host” and “port”."),
        Trouble.TIMEOUT: _("The server does not answer. A firewall may block this port."),
        Trouble.TLS: _(
            "Encryption failed: the certificate is not the server’s, or “tls” is not the right "
            "setting."
        ),
        Trouble.LOGIN: _(
            "The server refuses the account or its password. Check “user” and the file "
            "“password_file”."
        ),
        Trouble.SENDER: _("The server does not send from this address. Check “sender”."),
        Trouble.LATER: _("The server says: not now. It is tried again by itself."),
        Trouble.RECIPIENT: _("There is no such address. Correct it on the person’s page."),
        Trouble.CONTENT: _("The server refuses this message, often because it takes it for spam."),
        Trouble.CUT: _("The connection broke off, or what answers is no mail server."),
        Trouble.NO_ADDRESS: _("This person has no e-mail address any more."),
        Trouble.STOPPED: _("This person wants no more of these messages."),
        Trouble.TURNED_OFF: _("The place sends these letters no more."),
        Trouble.UNKNOWN: _("Written by a newer version of Loquet."),
        Trouble.LATE: _("Too late: what the message said no longer holds."),
    }
