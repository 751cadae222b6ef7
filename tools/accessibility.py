"""What the accessibility statement says was tested: from what the crawl wrote down, and nothing
else.

After `./run test tests/browser/test_every_page.py tests/browser/test_every_role.py`,
`python -m tools.accessibility` writes `webui/accessibility/results.json`, which the public page
shows.
"""

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PARTS = ROOT / ".cache" / "accessibility"
FILE = ROOT / "webui" / "accessibility" / "results.json"
TESTS = "tests/browser/test_every_page.py and test_every_role.py"
NEEDED = ("manager", "plain")
"""Without these it is not said that every page was looked at."""


def read(folder: Path) -> list[dict[str, Any]]:
    """The parts, by name. Raises FileNotFoundError for one that must be there."""
    for name in NEEDED:
        if not (folder / f"{name}.json").is_file():
            raise FileNotFoundError(f"{folder / name}.json: run {TESTS}")
    files = sorted(folder.glob("*.json"))
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def combine_parts(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """As the page reads it."""
    first = parts[0]
    return {
        "at": min(part["at"] for part in parts),
        "chromium": first["chromium"],
        "axe": first["axe"],
        "rules": first["rules"],
        "crawls": [
            {name: part[name] for name in ("role", "language", "looks", "pages", "loaded", "wrong")}
            for part in parts
        ],
    }


def main() -> int:
    """Write the file; 1 when a part is missing."""
    try:
        made = combine_parts(read(PARTS))
    except FileNotFoundError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    FILE.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
