"""The same document is printed once a run: walks ask for each of them again and again.

What prints is tried by `tests/kernel/pdf`, and what it makes of a document by who prints it first.
"""

from functools import cache
from hashlib import sha256
from uuid import uuid4

from controller.kernel.pdf.printer import Printer
from tests.support.temporary import run_folder
from webui import paper
from webui.statics import STATIC


class KnownPapers(Printer):
    """Keeps what was printed, for all workers of the run."""

    def pdf(self, html: str) -> bytes:
        """As it was printed, by whichever worker was first; the HTML is all that it comes of."""
        name = sha256(html.encode()).hexdigest()
        file = run_folder() / f"{name}.pdf"
        if not file.exists():
            fresh = file.with_suffix(f".{uuid4().hex}")
            fresh.write_bytes(super().pdf(html))
            fresh.rename(file)
        return file.read_bytes()


def share_papers() -> None:
    """In this process; what tests start prints for itself."""
    paper._printer = cache(lambda: KnownPapers(STATIC))
