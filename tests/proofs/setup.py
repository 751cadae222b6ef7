"""What tests of setup share with others."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Playwright

from tests.support.first_tap import LOGIN, PASSWORD
from tests.support.programs import program_path


@contextmanager
def browser(
    playwright: Playwright, folder: Path, authority: Path, *options: str
) -> Iterator[Browser]:
    """Chromium of somebody who has trusted that authority."""
    store = folder / "home/.pki/nssdb"
    store.mkdir(parents=True)
    _must("certutil", "-d", f"sql:{store}", "-N", "--empty-password")
    trusted = ("-A", "-t", "C,,", "-n", "loquet", "-i", str(authority))
    _must("certutil", "-d", f"sql:{store}", *trusted)
    made = playwright.chromium.launch(
        executable_path=program_path("chromium"),
        args=["--no-sandbox", *options],
        env={**os.environ, "HOME": str(folder / "home")},
    )
    yield made
    made.close()


def first_account(page: Page, said: dict[str, Any]) -> None:
    """Made on the pages by the code that setting up has printed."""
    opened = page.goto(f"{said['url']}/first")
    assert opened is not None
    details = opened.security_details()
    assert details is not None
    assert details["protocol"] in ("TLS 1.2", "TLS 1.3")
    page.fill("[name=code]", said["setup_code"])
    page.fill("[name=login]", LOGIN)
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url("**/setup**")


def _must(*command: str, given: bytes = b"") -> None:
    done = subprocess.run(command, input=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout.decode()[-2000:]}"
