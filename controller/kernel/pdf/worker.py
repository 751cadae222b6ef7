"""The printer's process: HTML in, PDF out, one after the other, until nobody asks any more.

It opens no file but those of one folder, and nothing of a network.
"""

import resource
import select
import sys
from mimetypes import guess_type
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from controller.kernel.pdf import frames

CPU_S = 20
"""CPU seconds per document, after which the system kills the process."""
MEMORY = 1024 * 1024 * 1024
IDLE_S = 120.0
"""Then it ends by itself, and gives its memory back."""


def main(folder: str) -> None:
    """Answer until the other side is gone or silent."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    while select.select([0], [], [], IDLE_S)[0]:
        html = frames.read(sys.stdin.buffer)
        if html is None:
            return
        _limit_cpu()
        sys.stdout.buffer.write(frames.frame(_answer(html.decode(), Path(folder))))
        sys.stdout.buffer.flush()


def _limit_cpu() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + CPU_S, hard))


def _answer(html: str, folder: Path) -> bytes:
    try:
        return frames.MADE + _pdf(html, folder)
    except Exception as error:  # noqa: BLE001  whatever it is, the other side says it
        return frames.FAILED + f"{type(error).__name__}: {error}".encode()


def _pdf(html: str, folder: Path) -> bytes:
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnFiles(URLFetcher):  # type: ignore[misc]  # without types
        """Fetches files of one folder only."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            """Read a file of the folder. Raises ValueError for any other URL."""
            file = own_file(url, folder)
            # A style sheet that does not say what it is counts as text, and is left out.
            kind = guess_type(file.name)[0] or "application/octet-stream"
            return URLFetcherResponse(url, file.read_bytes(), {"Content-Type": kind})

    page = HTML(string=html, base_url=f"{folder.as_uri()}/", url_fetcher=OwnFiles())
    return bytes(page.write_pdf(pdf_variant="pdf/ua-1"))


def own_file(url: str, folder: Path) -> Path:
    """The file below the folder that an address names. Raises ValueError."""
    parts = urlsplit(url)
    path = Path(unquote(parts.path)).resolve()
    if parts.scheme != "file" or parts.netloc or not path.is_relative_to(folder.resolve()):
        raise ValueError(f"{url} is no file of ours")
    return path


if __name__ == "__main__":
    main(sys.argv[1])
