"""What went wrong with a message, in the language of the page: programs and services say it in
English, and each in its own way."""

import re
from collections.abc import Callable, Mapping

from webui.i18n import _

_CODE = re.compile(r"\b([45]\d\d)\b")
_RULES: Mapping[re.Pattern[str], Callable[[], str]] = {
    re.compile(r"private"): lambda: _("This address leads to a private network."),
    re.compile(r"looked up|not known|resolution"): lambda: _("This name leads nowhere."),
    re.compile(r"refused"): lambda: _("Nothing answers at this address."),
    re.compile(r"took longer|timed out|timeout"): lambda: _("No answer in time."),
    re.compile(r"too long"): lambda: _("The answer is too long."),
    re.compile(r"certificate|ssl|tls"): lambda: _("The service’s certificate is not recognised."),
    re.compile(r"^not taken$"): lambda: _("The service did not take it, without saying why."),
}
_CODES: Mapping[str, Callable[[str], str]] = {
    "401": lambda n: _("The service refuses the token or the password (code %(n)s).", n=n),
    "403": lambda n: _("The service forbids it to this token (code %(n)s).", n=n),
    "404": lambda n: _("The service does not know this address (code %(n)s).", n=n),
    "410": lambda n: _("The service knows this address no more (code %(n)s).", n=n),
    "429": lambda n: _("Too many messages: the service asks to wait (code %(n)s).", n=n),
}


def said_words(said: str) -> str:
    """An error as text; empty if there is none, quoted if it is unknown."""
    if not said:
        return ""
    if found := _CODE.search(said):
        code = found[1]
        if code in _CODES:
            return _CODES[code](code)
        if code.startswith("5"):
            return _("The service is down (code %(n)s).", n=code)
        return _("The service refuses (code %(n)s).", n=code)
    for pattern, text in _RULES.items():
        if pattern.search(said.lower()):
            return text()
    return _("The service says: “%(said)s”", said=said)
