"""What tests of recipes share with others."""

import re

from tests.support.tree import ROOT

TEXT = (ROOT / "docs" / "integrations.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", TEXT, re.DOTALL)
