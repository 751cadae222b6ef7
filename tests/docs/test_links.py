"""Links and pictures of what stands outside of docs/ lead somewhere too: README and its kind."""

from pathlib import Path

import pytest

from tests.docs.fences import pages
from tests.support.tree import ROOT
from tests.tools.docs_site import anchors, links

OUTSIDE = [page for page in pages() if "docs" not in page.relative_to(ROOT).parts]


@pytest.mark.parametrize("page", OUTSIDE, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_link_and_picture_leads_somewhere(page: Path) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), link
