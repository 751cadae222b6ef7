"""Make the generated half of the Python client, from the API's own description.

    python -m tools.client FOLDER

writes the package `loquet_api` into FOLDER. `openapi-python-client` makes it, in an environment of
its own (requirements/client.txt); what it makes is not kept in the repository (decision 0143).
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

PACKAGE = "loquet_api"
CONFIG = f"package_name_override: {PACKAGE}\npost_hooks: []\n"


def describe_api() -> dict[str, Any]:
    """The API's description, without what the generator does not understand."""
    from webui.api.table import description
    from webui.features import FEATURES

    whole: dict[str, Any] = json.loads(description(FEATURES))
    schemas = whole["components"]["schemas"]
    _drop_object_defaults(schemas)
    for name, schema in schemas.items():
        if name.lower() in schema.get("properties", ()):  # the generator takes them for one
            schema["title"] = f"{name}Answer"
    return whole


def make(folder: Path, generator: Path) -> None:
    """Write the package. Raises CalledProcessError; ValueError for a warning of the generator."""
    with TemporaryDirectory() as made:
        document, config = Path(made, "openapi.json"), Path(made, "config.yml")
        document.write_text(json.dumps(describe_api()))
        config.write_text(CONFIG)
        target = folder / PACKAGE
        shutil.rmtree(target, ignore_errors=True)
        words = ["generate", "--path", str(document), "--config", str(config), "--meta", "none"]
        said = subprocess.run(
            [str(generator), "-m", "openapi_python_client", *words, "--output-path", str(target)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    if "WARNING" in said or "Unable to" in said:
        raise ValueError(said)


def _drop_object_defaults(value: object) -> None:
    """A property that is another object can have no default there; the API knows it anyway."""
    if isinstance(value, dict):
        if isinstance(value.get("default"), dict | list):
            del value["default"]
        for part in value.values():
            _drop_object_defaults(part)
    elif isinstance(value, list):
        for part in value:
            _drop_object_defaults(part)


if __name__ == "__main__":
    from tests.peers.venv import bin_folder

    make(Path(sys.argv[1]), bin_folder("client") / "python")
