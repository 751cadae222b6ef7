"""Make the documentation a site that the controller serves at /docs, without the internet.

    python -m tools.docs_site.make [FOLDER [TREE]]

Sphinx reads `docs/` in an environment of its own (requirements/docs.txt). Its pages are then given
the strict Content-Security-Policy that ours have: see `strict`.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.docs_site.strict import made_strict, with_drawings_apart
from webui.documentation.pages import SITE

ROOT = Path(__file__).parents[2]
ANCHOR = re.compile(r'^(#+ |)<a id="([^"]+)"></a>', re.MULTILINE)
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)#\s]+)(#[^)\s]*)?\)")


def make(folder: Path, python: Path, tree: Path = ROOT) -> None:
    """Write the site of a tree's `docs/` into `folder`.

    Raises CalledProcessError: a link leads nowhere, or alike.
    """
    with TemporaryDirectory() as temporary:
        source, made = Path(temporary, "docs"), Path(temporary, "site")
        shutil.copytree(tree / "docs", source)
        for page in source.rglob("*.md"):
            page.write_text(_within(page.read_text("utf-8"), page, source), encoding="utf-8")
        words = ["-q", "-W", "--keep-going", "-c", str(tree / "tools/docs_site"), "-b", "html"]
        subprocess.run([python, "-m", "sphinx", *words, source, made], check=True)
        shutil.rmtree(made / ".doctrees", ignore_errors=True)
        for page in made.rglob("*.html"):
            page.write_text(made_strict(page.read_text("utf-8"), _up(page, made)), encoding="utf-8")
        for sheet in made.rglob("*.css"):
            text, drawings = with_drawings_apart(sheet.read_text("utf-8"), sheet.stem)
            sheet.write_text(text, encoding="utf-8")
            for name, drawing in drawings.items():
                sheet.with_name(name).write_text(drawing, encoding="utf-8")
        (made / "_static/strict.js").write_text(_beside("strict.js"), encoding="utf-8")
        (made / "_static/strict.css").write_text(_beside("strict.css"), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(made, folder)


def _within(text: str, page: Path, source: Path) -> str:
    """What a link outside `docs/` names stays as words: that file isn't part of the site.

    Anchors of our own become Sphinx's.
    """

    def kept(link: re.Match[str]) -> str:
        picture, words, target, _ = link.groups()
        is_ours = (page.parent / target).resolve().is_relative_to(source.resolve())
        if picture or "://" in target or target.startswith("mailto:") or is_ours:
            return link[0]
        return f"{words} (`{target.lstrip('./')}`)"

    return ANCHOR.sub(r"(\2)=\n\1", LINK.sub(kept, text))


def _up(page: Path, made: Path) -> str:
    return "../" * (len(page.relative_to(made).parts) - 1)


def _beside(name: str) -> str:
    return Path(__file__).with_name(name).read_text("utf-8")


if __name__ == "__main__":
    from tests.peers.venv import bin_folder

    asked = [Path(word) for word in sys.argv[1:]]
    folder, tree = (*asked, *(SITE, ROOT)[len(asked) :])
    make(folder, bin_folder("docs") / "python", tree)
