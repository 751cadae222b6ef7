"""The firmware builds, fits, lints clean, and its logic passes its own tests under sanitizers."""

import os
import re
import subprocess

import pytest

from tests.support.firmware import SANITIZED, SOURCES, Firmware

FUZZ_RUNS = int(os.environ.get("LOQUET_SOAK", "5000"))


def run_quietly(*command: str) -> tuple[int, str]:
    """Exit code, and what was complained about."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=SANITIZED)
    return done.returncode, done.stderr


@pytest.mark.needs("avr-gcc")
def test_the_firmware_fits_on_both_boards(firmware: Firmware) -> None:
    found = re.findall(
        r"bridge-(\w+): flash (\d+) of 16384 .* RAM (\d+) of 1024", firmware.size_report
    )
    assert [name for name, _, _ in found] == ["nano", "uno"]
    assert all(0 < int(flash) <= 16384 and 0 < int(ram) <= 1024 for _, flash, ram in found)


@pytest.mark.needs("avr-gcc")
def test_the_logic_passes_its_unit_tests_under_sanitizers(firmware: Firmware) -> None:
    assert run_quietly(str(firmware.folder / "unit")) == (0, "")


@pytest.mark.needs("avr-gcc")
def test_no_random_script_closes_a_relay_that_was_not_asked_for(firmware: Firmware) -> None:
    assert run_quietly(str(firmware.folder / "fuzz_random"), str(FUZZ_RUNS)) == (0, "")


@pytest.mark.needs("cppcheck")
def test_cppcheck_has_nothing_to_say() -> None:
    assert run_quietly("make", "-s", "-C", str(SOURCES), "lint") == (0, "")
