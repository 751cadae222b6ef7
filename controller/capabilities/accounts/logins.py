"""When two spellings of a login are one: for storing it, for finding it, and for counting tries."""

import unicodedata


def login_identity(text: str) -> str:
    """The login as it is stored: without blanks at its ends, case or variants of a letter.

    As Unicode's toNFKC_Casefold (section 3.13, D145), so that `ſ`, `S` and a full-width `ｓ` are
    one `s`; doing it again changes nothing.
    """
    folded = unicodedata.normalize("NFD", text)
    for _ in range(2):
        folded = unicodedata.normalize("NFKC", folded.casefold())
    return folded.strip()
