"""Every page that a link leads to, for those who see less than a manager; and without scripts.

Of an address with a question one answer is opened: a manager's crawl looks at four, with more on
them (`test_every_page.py`).
"""

import pytest

from tests.browser.conftest import SignIn, World
from tests.browser.crawl import Crawl
from tests.browser.questions import VIEW, simply, whole
from tests.browser.results import write_down

FEW = (
    "trainer",
    "desk",
    "observer",
    "member",
    "dpo",
    pytest.param("admin", marks=pytest.mark.long),
)
"""An admin sees what a manager sees, as yet."""


@pytest.mark.parametrize("role", FEW)
def test_every_page_of_each_role_holds_together(world: World, signed_in: SignIn, role: str) -> None:
    """Where it lands is asked everything; the other pages are the manager's with less on them."""
    page = signed_in(role, at="about:blank", viewport=VIEW)
    crawl = Crawl(world.app, world.url, page, asked=1)
    crawl.follow(lambda it, _number: simply(it) if sum(it.opened.values()) > 1 else whole(it))
    write_down(role, crawl, role=role, language="fr", looks=["320", "200"])
    assert not crawl.wrong, "\n".join(crawl.wrong)


def test_without_scripts_every_page_is_there(world: World, signed_in: SignIn) -> None:
    """What its forms do is in tests/security/web/test_apart.py, whose visitor has no scripts."""
    page = signed_in("manager", at="about:blank", viewport=VIEW, java_script_enabled=False)
    crawl = Crawl(world.app, world.url, page, asked=1)

    def look(it: Crawl, _number: int) -> None:
        words = it.page.locator("main").inner_text().split()
        if len(words) < 8:
            it.note(f"says {words}")
        if "/components" not in it.page.url:  # its samples do nothing anyway
            it.none("buttons that do nothing", it.ask("dead"))

    crawl.follow(look)
    write_down("plain", crawl, role="manager", language="fr", looks=["plain"])
    assert not crawl.wrong, "\n".join(crawl.wrong)
    assert sum(crawl.opened.values()) > 20
