"""What a printer without colours makes of a chart: its marks, and what the keys say of them."""

from collections.abc import Iterator
from io import BytesIO
from itertools import combinations

from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import Page

KEYS = "main .legend > :not(.keys), main .keys[aria-hidden] > *"
SIDE = 20
"""Pixels of a key that are compared."""
ALIKE = 6.0
"""Mean difference, of 255, below which two keys look the same; a key against blank paper too."""
LEAST = 2
"""Keys of a chart that needs them."""
SHOWN = """keys => {
  const clear = 'rgba(0, 0, 0, 0)';
  const stays = (style) => style.backgroundColor === clear || style.printColorAdjust === 'exact';
  const parts = (one) =>
    [[one, '::before'], ...[...one.querySelectorAll('i')].map((part) => [part, null])];
  const seen = (one) =>
    one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length > 0;
  return [...document.querySelectorAll(keys)].filter(seen).map((one) => {
    const { x, y, height } = (one.querySelector('svg') ?? one).getBoundingClientRect();
    const painted = parts(one).every(([of, part]) => stays(getComputedStyle(of, part)));
    return { words: one.innerText, painted, x: x + scrollX, y: y + scrollY + height / 2 };
  });
}"""
"""The keys that are seen: whether each background is one that is printed, and its left end."""
BLANK = Image.new("L", (SIDE, SIDE), 255)


def alike_in_grey(page: Page) -> list[str]:
    """What can't be told apart on this page once it is printed; `looks.js` was given to it."""
    page.emulate_media(media="print")
    page.evaluate("scrollTo(0, 0)")
    try:
        return [*page.evaluate("looks.grey()"), *_keys(page)]
    finally:
        page.emulate_media(media="screen")


def _keys(page: Page) -> Iterator[str]:
    """What would stay on the screen is left out."""
    shown = page.evaluate(SHOWN, KEYS)
    if 0 < len(shown) < LEAST:
        yield "a single key"
    if any(not item["painted"] for item in shown):
        yield "a background that no browser prints"
    found = {item["words"]: grey(page, item["x"], item["y"]) for item in shown}
    yield from (words for words, key in found.items() if apart(key, BLANK) < ALIKE)
    yield from (
        f"{a} and {b}" for a, b in combinations(found, 2) if apart(found[a], found[b]) < ALIKE
    )


def grey(page: Page, left: float, middle: float) -> Image.Image:
    """What begins there, as a printer without colours draws it."""
    clip = {"x": left, "y": middle - SIDE / 2, "width": SIDE, "height": SIDE}
    shot = page.screenshot(clip=clip, full_page=True)  # type: ignore[arg-type]
    return Image.open(BytesIO(shot)).convert("L")


def apart(one: Image.Image, other: Image.Image) -> float:
    """How far they are apart, in mean."""
    return float(ImageStat.Stat(ImageChops.difference(one, other)).mean[0])
