"""What NXP has published, computed here: AN12196 (NTAG 424 DNA) and its tables."""

from collections.abc import Iterator

import pytest

from devices.cards.aes import decrypt
from devices.cards.apdu import CardRefused
from devices.cards.ev2 import CardSession, NotProven, authenticate, new_key
from devices.cards.sun import SunMessage, signature

H = bytes.fromhex
ZERO = bytes(16)


class Scripted:
    """A card that says what the application note says, if it is asked that."""

    def __init__(self, *exchanges: tuple[str, str]) -> None:
        self._left: Iterator[tuple[str, str]] = iter(exchanges)

    def apdu(self, command: bytes) -> bytes:
        asked, answer = next(self._left)
        assert command == H(asked)
        return H(answer)


def test_sun_message_of_an12196() -> None:
    told = decrypt(ZERO, H("EF963FF7828658A599F3041510671E88"))
    uid, counter = told[1:8], int.from_bytes(told[8:11], "little")
    assert (uid, counter) == (H("04DE5F1EACC040"), 61)
    assert signature(ZERO, uid, counter) == H("94EED9EE65337086")
    assert not SunMessage(uid, counter + 1, H("94EED9EE65337086")).signed_with(ZERO)


FIRST = (
    ("9071000002000000", "A04C124213C186F22399D33AC2A3021591AF"),
    (
        "90AF00002035C3E05A752E0144BAC0DE51C1F22C56B34408A23D8AEA266CAB947EA8E0118D00",
        "3FA64DB5446D1F34CD6EA311167F5E4985B89690C04A05F17FA7AB2F081206639100",
    ),
)


def _random(_count: int) -> bytes:
    return H("13C5DB8A5930439FC3DEF9A4C675360F")


def test_authenticate_ev2_first_and_change_file_settings_of_an12196() -> None:
    settings = (
        "905F0000190261B6D97903566E84C3AE5274467E89EAD799B7C1A0EF7A0400",
        "57BFF87B1241E93D9100",
    )
    session = authenticate(Scripted(*FIRST, settings), 0, ZERO, _random)
    assert session.ti == H("9D00C4DF")
    assert session.enc == H("1309C877509E5A215007FF0ED19CA564")
    assert session.mac == H("4C6626F5E72EA694202139295C7A7FC7")
    session.counter = 1
    session.full(0x5F, b"\x02", H("4000E0C1F121200000430000430000"))
    assert session.counter == 2


def test_a_card_that_answers_otherwise_is_not_proven() -> None:
    question, (asked, answer) = FIRST
    with pytest.raises(NotProven):
        authenticate(Scripted(question, (asked, "40" + answer[2:])), 0, ZERO, _random)
    with pytest.raises(NotProven):
        authenticate(Scripted(question, (asked, "91AE")), 0, ZERO, _random)
    with pytest.raises(CardRefused):
        authenticate(Scripted(("9071000002000000", "9140")), 0, ZERO, _random)


def _session(card: Scripted, counter: int) -> CardSession:
    enc, mac = H("4CF3CB41A22583A61E89B158D252FC53"), H("5529860B2FC5FB6154B7F28361D30BF9")
    return CardSession(card, 0, H("7614281A"), enc, mac, counter)


def test_change_key_of_an12196_for_another_slot_and_for_the_proven_one() -> None:
    other = (
        "90C4000029022CF362B7BF4311FF3BE1DAA295E8C68DE09050560D19B9E16C2393AE9CD1FAC7"
        "5D0CE20BCD1D06E600",
        "203BB55D1089D5879100",
    )
    own = (
        "90C400002900C0EB4DEEFEDDF0B513A03A95A75491818580503190D4D05053FF75668A01D6FD"
        "A6610234BDED643200",
        "9100",
    )
    session = _session(Scripted(other, own), 2)
    new = H("F3847D627727ED3BC9C4CC050489B966")
    assert new_key(new, ZERO, 1)[-4:] == H("789DFADC")
    session.change_key(2, new, ZERO)
    assert session.counter == 3
    session.change_key(0, H("5004BF991F408672B1EF00F08F9E8647"), ZERO)


def test_an_answer_that_the_card_did_not_sign_is_refused() -> None:
    forged = (
        "90C4000029022CF362B7BF4311FF3BE1DAA295E8C68DE09050560D19B9E16C2393AE9CD1FAC7"
        "5D0CE20BCD1D06E600",
        "203BB55D1089D5889100",
    )
    with pytest.raises(NotProven):
        _session(Scripted(forged), 2).change_key(2, H("F3847D627727ED3BC9C4CC050489B966"), ZERO)
