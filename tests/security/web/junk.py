"""What tests of junk share with others."""

from tests.security.web.conftest import Furnished
from tests.support.parsed import Form

OF_THE_SESSION = "signin."


def forms(furnished: Furnished) -> list[Form]:
    """One form of each kind."""
    found = furnished.own.forms
    return [every[0][1] for name, every in found.items() if not name.startswith(OF_THE_SESSION)]
