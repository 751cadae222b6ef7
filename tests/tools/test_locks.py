"""The locks agree with each other and with what pyproject.toml asks for."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.tree import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DRIVERS = [
    extra
    for extra in PROJECT["optional-dependencies"]
    if extra not in ("controller", "postgres", "test")
]


def lock(name: str) -> dict[str, str]:
    """Package -> its whole entry with version and hashes."""
    entries = re.split(r"(?m)^(?=\S)", (ROOT / f"requirements/{name}.txt").read_text())
    return {entry.split("==")[0]: _bare(entry) for entry in entries if entry.strip()}


def _bare(entry: str) -> str:
    """Without the marker, which depends on who else asks for the package."""
    return re.sub(r" ;.*(?= \\)", "", entry)


@pytest.mark.parametrize(
    ("small", "large"),
    [
        ("agent", "run"),
        ("run", "bench"),
        ("bench", "test"),
        ("deb-agent", "deb-controller"),
        ("deb-controller", "test"),
    ],
)
def test_a_smaller_lock_is_part_of_the_larger(small: str, large: str) -> None:
    larger = lock(large)
    assert lock(small).items() <= larger.items()


@pytest.mark.parametrize(
    ("name", "extras"),
    [
        ("agent", ["agent"]),
        ("run", ["agent", "controller", "bridge"]),
        ("bench", ["agent", "controller", "bridge", "rc522"]),
        ("deb-agent", DRIVERS),
        ("deb-controller", [*DRIVERS, "controller", "postgres"]),
        ("test", list(PROJECT["optional-dependencies"])),
    ],
)
def test_every_dependency_is_locked_in_a_version_that_is_asked_for(
    name: str, extras: list[str]
) -> None:
    entries = lock(name)
    asked = PROJECT["dependencies"] + [
        requirement for extra in extras for requirement in PROJECT["optional-dependencies"][extra]
    ]
    for requirement in map(Requirement, asked):
        entry = entries[canonicalize_name(requirement.name)]
        assert entry.split("==")[1].split()[0] in requirement.specifier, requirement


@pytest.mark.parametrize("name", ["agent", "run", "bench", "deb-agent", "deb-controller", "test"])
def test_every_entry_has_a_hash_and_no_address(name: str) -> None:
    for package, entry in lock(name).items():
        assert "--hash=sha256:" in entry, package
        assert "://" not in entry, package
