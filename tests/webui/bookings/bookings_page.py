"""What tests of bookings page share with others."""

import re


def flat(page: str) -> str:
    """Its words, with plain spaces."""
    words = re.sub(r"<[^>]+>", " ", page.replace("\u00a0", " ").replace("\u202f", " "))
    return " ".join(words.split())
