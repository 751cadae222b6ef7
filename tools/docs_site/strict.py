"""Pages of Sphinx under a policy that allows no script and no style within a page."""

import re
from urllib.parse import unquote

SCRIPT = re.compile(r"<script>\s*document\.body\.dataset\.theme.*?</script>", re.DOTALL)
STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
HIDDEN = re.compile(r' style="display: none;"')
FAINT = re.compile(r' style="opacity: 50%"')
DRAWING = re.compile(
    r"""url\((["']?)data:image/svg\+xml(?:;charset=utf-8)?,(.*?(?:</svg>|%3C/svg%3E))\1\)""",
    re.DOTALL,
)
LEFT = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son\w+=")


def made_strict(page: str, up: str) -> str:
    """The same page with its theme's script and styles in files; `up`: from it to the first page.

    Raises ValueError: the theme has brought something new.
    """
    page = SCRIPT.sub(f'<script src="{up}_static/strict.js"></script>', page)
    page = STYLE.sub(f'<link rel="stylesheet" href="{up}_static/strict.css">', page)
    page = HIDDEN.sub(' class="strict-hidden"', page)
    page = FAINT.sub(' class="strict-faint"', page)
    if left := LEFT.search(page):
        raise ValueError(f"not strict: {page[left.start() : left.start() + 80]!r}")
    return page


def with_drawings_apart(sheet: str, stem: str) -> tuple[str, dict[str, str]]:
    """A sheet of styles whose drawings are files beside it, and these by name.

    Raises ValueError: another kind of data stands in it.
    """
    files: dict[str, str] = {}

    def apart(found: re.Match[str]) -> str:
        name = f"{stem}-{len(files)}.svg"
        files[name] = unquote(found[2]).replace("\\'", "'")
        return f"url({name})"

    sheet = DRAWING.sub(apart, sheet)
    if "data:" in sheet:
        raise ValueError(f"data in {stem}: {sheet[sheet.index('data:') :][:80]!r}")
    return sheet, files
