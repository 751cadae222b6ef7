"""Every link of the documentation leads somewhere; its pages can be served under our policy."""

from pathlib import Path

import pytest

from tests.support.tree import ROOT
from tests.tools.docs_site import anchors, links
from tools.docs_site.strict import made_strict, with_drawings_apart

DOCS = ROOT / "docs"
THEME = """<body><script>
      document.body.dataset.theme = localStorage.getItem("theme") || "auto";
    </script><style>
  body { color: red }
</style><svg style="display: none;"></svg>"""


@pytest.mark.parametrize(
    "page", sorted(DOCS.rglob("*.md")), ids=lambda page: str(page.relative_to(DOCS))
)
def test_each_link_leads_somewhere(page: Path) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), link


def test_each_page_is_named_by_the_first() -> None:
    """As the trees of its end name them; a folder by its pattern."""
    index = (DOCS / "index.md").read_text("utf-8")
    lines = {line.strip() for line in index.splitlines()}
    for page in DOCS.rglob("*.md"):
        name = str(page.relative_to(DOCS).with_suffix(""))
        if name != "index":
            assert {name, f"{Path(name).parent}/*"} & lines, name


def test_a_page_of_the_theme_has_its_scripts_and_styles_in_files() -> None:
    page = made_strict(THEME, "../")
    assert '<script src="../_static/strict.js"></script>' in page
    assert '<link rel="stylesheet" href="../_static/strict.css">' in page
    assert "style=" not in page


@pytest.mark.parametrize(
    "new", ["<script>alert(1)</script>", '<p style="color: red">', '<a onclick="x()">']
)
def test_what_the_theme_brings_anew_is_found(new: str) -> None:
    with pytest.raises(ValueError, match="not strict"):
        made_strict(THEME + new, "")


@pytest.mark.parametrize(
    "drawing", ['<svg xmlns="x"><a/></svg>', '%3Csvg xmlns="x"%3E%3Ca/%3E%3C/svg%3E']
)
def test_a_drawing_in_a_sheet_becomes_a_file(drawing: str) -> None:
    sheet = f"a{{mask:url('data:image/svg+xml;charset=utf-8,{drawing}')}}"
    text, files = with_drawings_apart(sheet, "furo")
    assert text == "a{mask:url(furo-0.svg)}"
    assert files == {"furo-0.svg": '<svg xmlns="x"><a/></svg>'}


def test_other_data_in_a_sheet_is_found() -> None:
    with pytest.raises(ValueError, match="data in furo"):
        with_drawings_apart("a{src:url(data:font/woff2;base64,AA)}", "furo")
