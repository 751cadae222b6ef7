"""What goes with a release says where each file comes from, and under which licences."""

import hashlib
import json
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.support.tree import ROOT
from tools import licences, provenance


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "loquet-1.0.0.tar.gz").write_bytes(b"sources")
    (tmp_path / "loquet-agent_1.0.0_arm64.deb").write_bytes(b"package")
    (tmp_path / ".work").mkdir()
    return tmp_path


def wheel(folder: Path, name: str, metadata: str, files: dict[str, str] | None = None) -> None:
    """A wheel that has its metadata and these files beside it."""
    folder.mkdir(exist_ok=True)
    with ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        info = f"{name}-1.0.dist-info/"
        archive.writestr(f"{info}METADATA", f"Name: {name}\nVersion: 1.0\n{metadata}\n")
        for file, text in (files or {}).items():
            archive.writestr(info + file, text)


def test_provenance_names_each_file_the_commit_and_each_library(folder: Path) -> None:
    for _ in range(2):  # the statement is not about itself
        provenance.main([str(ROOT), str(folder), "c" * 40, "1.0.0"])
        text = provenance.written_to(folder, "1.0.0").read_text(encoding="utf-8")
        found = json.loads(text)
        assert [(it["name"], it["digest"]["sha256"]) for it in found["subject"]] == [
            ("loquet-1.0.0.tar.gz", hashlib.sha256(b"sources").hexdigest()),
            ("loquet-agent_1.0.0_arm64.deb", hashlib.sha256(b"package").hexdigest()),
        ]
    made_of = found["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert made_of[0]["digest"] == {"gitCommit": "c" * 40}
    for lock in provenance.LOCKS:
        hashes = set(
            (ROOT / "requirements" / lock).read_text(encoding="utf-8").split("sha256:")[1:]
        )
        assert hashes
        assert {digest[:64] for digest in hashes} <= {
            it["digest"].get("sha256") for it in made_of[1:]
        }


def test_licences_of_wheels_and_pages_stand_in_one_text(tmp_path: Path) -> None:
    libraries = tmp_path / "controller-amd64"
    wheel(libraries, "one", "License-Expression: MIT", {"licenses/LICENSE": "Text of one"})
    wheel(libraries, "two", "Classifier: License :: OSI Approved :: BSD License")
    wheel(libraries, "three", "License: Apache 2.0\n and more", {"COPYING": "Text of three"})
    wheel(tmp_path / "controller-arm64", "one", "License-Expression: MIT")
    text = licences.licences(ROOT, tmp_path)
    for line in ("one 1.0: MIT", "two 1.0: BSD License", "three 1.0: Apache 2.0", "htmx (pages): "):
        assert text.count(f"\n{line}") == 1
    assert "Text of one" in text
    assert "Text of three" in text


def test_a_library_without_a_licence_is_named(tmp_path: Path) -> None:
    wheel(tmp_path / "controller-amd64", "one", "")
    with pytest.raises(licences.LicenceUnknown, match="one-1"):
        licences.licences(ROOT, tmp_path)
