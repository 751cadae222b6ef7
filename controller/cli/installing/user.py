"""Create the user that the services run as, and give it access to hardware."""

import pwd
import subprocess
from collections.abc import Iterator

from controller.cli.installing.layout import Layout
from controller.cli.installing.steps import FunctionStep, Step
from controller.settings import SettingsError

HARDWARE = ("gpio", "dialout", "spi", "i2c", "input", "audio")
"""Groups that may open the hardware of an agent; a Pi has all of them."""


def user_steps(layout: Layout) -> Iterator[Step]:
    """Yield the step that creates the user if it does not exist."""
    user = layout.user
    if user is None:
        return

    def is_needed() -> bool:
        try:
            pwd.getpwnam(user)
        except KeyError:
            return True
        return False

    def apply() -> bool:
        if not is_needed():
            return False
        home = ["--home-dir", str(layout.state), "--shell", "/usr/sbin/nologin"]
        _run("useradd", "--system", "--user-group", "--no-create-home", *home, user)
        return True

    yield FunctionStep(f"user {user}", is_needed, apply)


def hardware_steps(layout: Layout) -> Iterator[Step]:
    """Yield the steps that let the user open pins and ports, as far as these groups exist."""
    import grp

    user = layout.user
    if user is None:
        return
    for name in HARDWARE:
        try:
            members = grp.getgrnam(name).gr_mem
        except KeyError:
            continue
        if user not in members:

            def apply(name: str = name) -> bool:
                _run("usermod", "--append", "--groups", name, user)
                return True

            yield FunctionStep(f"user {user} in the group {name}", lambda: True, apply)


def _run(*words: str) -> None:
    result = subprocess.run(words, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise SettingsError(f"{words[0]}: {' '.join(result.stderr.split())}")
