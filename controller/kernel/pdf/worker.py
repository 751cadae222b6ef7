"""The PDF process: converts HTML documents to PDF, one after the other, until no more come.

It opens only files of one folder, and nothing over the network.
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
"""Bytes of address space."""
IDLE_S = 120.0
"""Seconds without work after which the process ends, to free its memory."""


def main(folder: str) -> None:
    """Answer requests until the other side has closed the stream or sent none for a while."""
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
    except Exception as error:  # noqa: BLE001  the other side reports the error, whatever it is
        return frames.FAILED + f"{type(error).__name__}: {error}".encode()


def _pdf(html: str, folder: Path) -> bytes:
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnFiles(URLFetcher):  # type: ignore[misc]  # without types
        """Reads files of one folder only."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            """Read a file of the folder. Raises ValueError for any other URL."""
            file = own_file(url, folder)
            # Without a content type a style sheet would be taken for text and ignored.
            kind = guess_type(file.name)[0] or "application/octet-stream"
            return URLFetcherResponse(url, file.read_bytes(), {"Content-Type": kind})

    page = HTML(string=html, base_url=f"{folder.as_uri()}/", url_fetcher=OwnFiles())
    return bytes(page.write_pdf(pdf_variant="pdf/ua-1"))


def own_file(url: str, folder: Path) -> Path:
    """Return the file below the folder that a URL names. Raises ValueError."""
    parts = urlsplit(url)
    path = Path(unquote(parts.path)).resolve()
    if parts.scheme != "file" or parts.netloc or not path.is_relative_to(folder.resolve()):
        raise ValueError(f"{url} is not a file of the folder")
    return path


if __name__ == "__main__":
    main(sys.argv[1])
