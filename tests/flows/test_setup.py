"""Setup in every way: by mouse and keyboard, wide and narrow, in both languages."""

import time

import pytest
from playwright.sync_api import Browser

from controller.kernel.translation import catalogues
from tests.browser.setup_from_nothing import Site, site
from tests.flows.flow import FOLDERS, HEIGHTS, LOCALES, MANNERS, WAYS, Way
from tests.flows.setting_up import set_up

__all__ = ["site"]
MAX_ACTS, MAX_S = 30, 300


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.needs("chromium")
@pytest.mark.needs("mosquitto")
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_set_up(site: Site, chromium: Browser, way: Way) -> None:
    context = chromium.new_context(
        base_url=site.url,
        viewport={"width": way.width, "height": HEIGHTS[way.width]},
        locale=LOCALES[way.language],
    )
    page = context.new_page()
    page.goto("/")
    who = MANNERS[way.manner](page, catalogues(FOLDERS).of(way.language))
    begun = time.monotonic()
    set_up(who, site)
    took = time.monotonic() - begun
    context.close()
    print(f"\n{way}: {who.acts} acts {who.keys} keys {who.person_s:.0f} s, here {took:.1f} s")
    assert who.acts <= MAX_ACTS
    assert who.person_s <= MAX_S
