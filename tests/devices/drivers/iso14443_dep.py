"""What tests of iso14443 dep share with others."""


class Counting:
    """An application that says which command this was, and the command backwards, several times."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    def answer(self, apdu: bytes) -> bytes:
        self.heard.append(apdu)
        return self.expected(len(self.heard), apdu)

    @staticmethod
    def expected(number: int, apdu: bytes) -> bytes:
        return bytes((number,)) + apdu[::-1] * 2 + b"\x90\x00"
