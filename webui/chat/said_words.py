"""What went wrong with a message, in the language of the page: programs and services say it in
English, and each in its own way."""

import re
from collections.abc import Callable, Mapping

from webui.i18n import _

_CODE = re.compile(r"\b([45]\d\d)\b")
_RULES: Mapping[re.Pattern[str], Callable[[], str]] = {
    re.compile(r"private"): lambda: _("Cette adresse mène à un réseau privé."),
    re.compile(r"looked up|not known|resolution"): lambda: _("Ce nom ne mène nulle part."),
    re.compile(r"refused"): lambda: _("Rien ne répond à cette adresse."),
    re.compile(r"took longer|timed out|timeout"): lambda: _("Pas de réponse à temps."),
    re.compile(r"too long"): lambda: _("La réponse est trop longue."),
    re.compile(r"certificate|ssl|tls"): lambda: _("Le certificat du service n’est pas reconnu."),
    re.compile(r"^not taken$"): lambda: _("Le service ne l’a pas pris, sans dire pourquoi."),
}
_CODES: Mapping[str, Callable[[str], str]] = {
    "401": lambda n: _("Le service refuse le jeton ou le mot de passe (code %(n)s).", n=n),
    "403": lambda n: _("Le service l’interdit à ce jeton (code %(n)s).", n=n),
    "404": lambda n: _("Le service ne connaît pas cette adresse (code %(n)s).", n=n),
    "410": lambda n: _("Le service ne connaît plus cette adresse (code %(n)s).", n=n),
    "429": lambda n: _("Trop de messages : le service demande d’attendre (code %(n)s).", n=n),
}


def said_words(said: str) -> str:
    """Of nothing, nothing; what has no words of ours is quoted."""
    if not said:
        return ""
    if found := _CODE.search(said):
        code = found[1]
        if code in _CODES:
            return _CODES[code](code)
        if code.startswith("5"):
            return _("Le service est en panne (code %(n)s).", n=code)
        return _("Le service refuse (code %(n)s).", n=code)
    for pattern, text in _RULES.items():
        if pattern.search(said.lower()):
            return text()
    return _("Le service dit : « %(said)s »", said=said)
