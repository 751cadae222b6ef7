"""Writes where the files of a release come from: an in-toto statement with SLSA's provenance.

    python -m tools.provenance TREE FOLDER COMMIT VERSION

The same commit gives the same statement: it has no times and names no machine. It is signed as one
of the files of SHA256SUMS. See https://slsa.dev/spec/v1.0/provenance.
"""

import hashlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LOCKS = ("deb-controller.txt", "deb-agent.txt", "docs.txt", "release.txt", "run.txt")
"""The locks of what goes into a release, and of what makes it; in requirements/."""
_LOCKED = re.compile(r"^([A-Za-z0-9_.\-]+)==([^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def statement(tree: Path, folder: Path, commit: str, version: str) -> dict[str, Any]:
    """Return the statement about all files of `folder` that begin with loquet."""
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {"name": path.name, "digest": {"sha256": _sha256(path)}}
            for path in sorted(folder.glob("loquet*"))
            if path != written_to(folder, version)
        ],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "urn:loquet:run-release:v1",
                "externalParameters": {"command": "./run release --key FILE", "version": version},
                "resolvedDependencies": [
                    {"name": "loquet", "digest": {"gitCommit": commit}},
                    *_libraries(tree),
                ],
            },
            "runDetails": {"builder": {"id": "urn:loquet:run-release:v1"}},
        },
    }


def written_to(folder: Path, version: str) -> Path:
    """Return the statement's own file."""
    return folder / f"loquet-{version}.provenance.json"


def _libraries(tree: Path) -> Iterator[dict[str, Any]]:
    """Yield each archive that a lock allows, once, in the order of names."""
    allowed: set[tuple[str, str, str]] = set()
    for lock in LOCKS:
        name = library_version = ""
        for line in (tree / "requirements" / lock).read_text(encoding="utf-8").splitlines():
            if locked := _LOCKED.match(line):
                name, library_version = locked.groups()
            allowed.update((name, library_version, digest) for digest in _HASH.findall(line))
    for name, library_version, digest in sorted(allowed):
        purl = f"pkg:pypi/{name.lower()}@{library_version}"
        yield {"uri": purl, "digest": {"sha256": digest}}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main(arguments: list[str]) -> None:
    """Write the statement into the folder of the release."""
    tree, folder = map(Path, arguments[:2])
    commit, version = arguments[2:]
    text = json.dumps(statement(tree, folder, commit, version), indent=1) + "\n"
    written_to(folder, version).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
