"""Collects the licences of all libraries that come with a release, in one text.

    python -m tools.licences TREE WHEELS FILE

Python libraries tell theirs in the metadata of their wheel; what pages load from
webui/static/vendor has its licence beside it.
"""

import sys
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from zipfile import ZipFile

_RULE = "=" * 80


class LicenceUnknown(Exception):
    """A library does not say under which licence it comes; the message names its file."""


def licences(tree: Path, wheels: Path) -> str:
    """Return each library with its licence, then the licences' texts. Raises LicenceUnknown."""
    libraries: dict[str, tuple[str, str]] = {}
    for path in sorted(wheels.glob("*-*/*.whl")):
        name, licence, text = _of_wheel(path)
        libraries.setdefault(name, (licence, text))
    for path in sorted((tree / "webui/static/vendor").glob("*.LICENSE")):
        text = path.read_text(encoding="utf-8")
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        licence = next((line for line in lines if "licen" in line.lower()), lines[0])
        libraries[f"{path.stem} (pages)"] = (licence, text)
    summary = "".join(f"{name}: {licence}\n" for name, (licence, _) in sorted(libraries.items()))
    texts = (
        f"\n{_RULE}\n{name}\n\n{text}" for name, (_, text) in sorted(libraries.items()) if text
    )
    return f"Libraries that come with Loquet, and their licences\n\n{summary}{''.join(texts)}"


def _of_wheel(path: Path) -> tuple[str, str, str]:
    """Return name with version, licence and the texts of its licence files."""
    with ZipFile(path) as wheel:
        files = wheel.namelist()
        metadata = next(file for file in files if file.endswith(".dist-info/METADATA"))
        message = message_from_bytes(wheel.read(metadata))
        licence = next(_stated(message), "")
        folder = metadata.removesuffix("METADATA")
        texts = [
            wheel.read(file).decode(errors="replace").strip() + "\n"
            for file in sorted(files)
            if file.startswith(folder) and _is_licence(file.removeprefix(folder))
        ]
    if not (licence or texts):
        raise LicenceUnknown(f"{path}: neither its metadata nor a file names its licence")
    return f"{message['Name']} {message['Version']}", licence or "see below", "\n".join(texts)


def _stated(message: Message) -> Iterator[str]:
    if expression := message["License-Expression"]:
        yield expression
    prefix = "License :: "
    classifiers = [it for it in message.get_all("Classifier", []) if it.startswith(prefix)]
    if classifiers:
        yield ", ".join(it.rpartition(" :: ")[2] for it in classifiers)
    if licence := message["License"]:
        yield licence.strip().splitlines()[0]


def _is_licence(file: str) -> bool:
    name = Path(file).name.upper()
    return name.startswith(("LICEN", "COPYING", "NOTICE", "AUTHORS"))


def main(arguments: list[str]) -> None:
    """Write the text."""
    tree, wheels, file = map(Path, arguments)
    file.write_text(licences(tree, wheels), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
