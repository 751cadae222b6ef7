"""The one error of this package."""


class WireError(ValueError):
    """Bytes from outside that break the protocol; its text is one line for a log or a person."""

    def __init__(self, what: str) -> None:
        super().__init__(" ".join(what.split())[:500])
