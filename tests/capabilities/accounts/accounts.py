"""What tests of accounts share with others."""

from controller.capabilities.accounts import sign_ins
from tests.capabilities.conftest import Place


def signed_in(
    place: Place,
    login: str,
    password: str = "correct horse",  # noqa: S107
) -> sign_ins.SignInResult | None:
    found = sign_ins.sign_in(place.database, login=login, password=password, now=place.now)
    assert not isinstance(found, sign_ins.PendingSecondFactor)
    return found
