"""What the crawls ask of a page: everything, or what each language can break by itself."""

from tests.browser.charts import out_of_order
from tests.browser.crawl import WIDE, Crawl, themes
from tests.browser.grey import alike_in_grey

VIEW = {"width": WIDE[0], "height": WIDE[1]}
NARROW = (320, 900)
ZOOMED = (720, 450)
"""1440 pixels at 200 %: the page has half the width, and its words are as large as before."""
SCREENS = (1440, 1280, 1024)
"""Pixels of the screens that most people sit at; the first is as it was loaded."""
LARGE = 1920
"""Arranged as at 1440 pixels, with more room: asked of one page of each kind."""
AGAIN, COLD = 12_000, 120_000
"""Bytes of a page alone, and with all that it brings."""
WEIGHTS = """() => {
  const [page] = performance.getEntriesByType('navigation');
  const others = performance.getEntriesByType('resource')
    .filter((each) => each.startTime < page.loadEventEnd);
  const more = others.reduce((sum, each) => sum + each.transferSize, 0);
  return [document.documentElement.lang, page.transferSize, more];
}"""
"""Its language, the page, and all else that it brought; not what came while it was looked at."""
DRAWN = "Boolean(document.querySelector('main svg:not(.icon), main .legend, main .keys'))"


def narrow(crawl: Crawl) -> None:
    """Without a wider line than the page at 320 pixels, large enough for fingers."""
    crawl.resize(*NARROW)
    wide, small = crawl.page.evaluate("[looks.wide(), looks.small()]")
    crawl.none("wider than 320", wide)
    crawl.none("below 44 pixels", small)
    crawl.resize(*ZOOMED)
    wide, cut = crawl.page.evaluate("[looks.wide(), looks.cut()]")
    crawl.none("wider than the page at 200 %", wide)
    crawl.none("cut off at 200 %", cut)


def on_screens(crawl: Crawl, *others: int) -> None:
    """Without a broken word or a wider line than the page; the page is not loaded again."""
    for width in (*SCREENS, *others):
        if width != WIDE[0]:
            crawl.resize(width)
        broken, wider = crawl.page.evaluate("[looks.broken(), looks.wide()]")
        crawl.none(f"at {width}", broken)
        crawl.none(f"wider than {width}", wider)


def light(crawl: Crawl) -> None:
    """In its language, and no heavier over the wire than Live may be: at first, and again."""
    language, page, others = crawl.page.evaluate(WEIGHTS)
    if language != crawl.language:
        crawl.note(f"is not in {crawl.language}")
    crawl.none(f"heavier than {AGAIN}", page if page > AGAIN else 0)
    crawl.none(f"heavier than {COLD} at first", page + others if page + others > COLD else 0)


def opened(crawl: Crawl) -> None:
    """What opens over the page; what does so over every page, on one of them."""
    for item, kind, is_own in crawl.ask("opening"):
        if not is_own:
            if (crawl.language, kind) in crawl.frames:
                continue
            crawl.frames.add((crawl.language, kind))
        crawl.ask("show", item)
        crawl.axe(item)
        crawl.none(f"wider than the page with #{item}", crawl.ask("wide"))
        crawl.ask("hide", item)


def whole(crawl: Crawl) -> None:
    """Everything that can be asked of a page."""
    page = crawl.page
    crawl.ask("unfold")
    crawl.none("wider than the page", crawl.ask("wide"))
    crawl.none("labels below 16 pixels", crawl.ask("faint"))
    crawl.axe()
    opened(crawl)
    for look in themes(page):
        crawl.colours()
        crawl.none(f"wider with {look}", crawl.ask("wide"))
    page.keyboard.press("Tab")
    crawl.none("shows no focus", crawl.ask("unfocused"))
    page.emulate_media(reduced_motion="reduce")
    crawl.none("moves", crawl.ask("moving"))
    crawl.none("slides", crawl.ask("sliding"))
    page.emulate_media(reduced_motion="no-preference")
    drawn(crawl)
    simply(crawl, LARGE)


def drawn(crawl: Crawl) -> None:
    """What the charts of the page are to who hears them, and on paper without colours."""
    if not crawl.page.evaluate(DRAWN):
        return
    for wrong in out_of_order(crawl.page):
        crawl.note(wrong)
    crawl.resize(*WIDE, scale=1)  # for it looks at pixels
    crawl.none("alike on grey paper", alike_in_grey(crawl.page))
    crawl.resize_back()


def simply(crawl: Crawl, *others: int) -> None:
    """What each language must hold by itself; `others`: widths besides."""
    light(crawl)
    crawl.ask("unfold")
    on_screens(crawl, *others)
    narrow(crawl)
    crawl.resize_back()
