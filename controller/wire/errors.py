"""The error of the wire package."""


class WireError(ValueError):
    """Raised for received bytes that break the protocol; its text is one line."""

    def __init__(self, text: str) -> None:
        super().__init__(" ".join(text.split())[:500])
