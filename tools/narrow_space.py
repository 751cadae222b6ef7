"""`python -m tools.narrow_space`: the narrow no-break space that the vendored font lacks, alone."""

from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib.tables._g_l_y_f import Glyph

FILE = Path(__file__).parents[1] / "webui" / "static" / "vendor" / "narrow-space.woff"
EM, WIDTH = 1000, 180
"""A thin space: between an eighth and a quarter of an em (Lexique des règles typographiques)."""


def make(file: Path = FILE) -> None:
    """Write a font of one glyph, U+202F, the same on every computer."""
    builder = FontBuilder(EM, isTTF=True)
    builder.setupGlyphOrder([".notdef", "narrow"])
    builder.setupCharacterMap({0x202F: "narrow"})
    builder.setupGlyf({name: Glyph() for name in (".notdef", "narrow")})
    builder.setupHorizontalMetrics({".notdef": (WIDTH, 0), "narrow": (WIDTH, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Loquet narrow space", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=800, sTypoDescender=-200)
    builder.setupPost()
    builder.font["head"].created = builder.font["head"].modified = 0
    builder.font.flavor = "woff"
    builder.font.recalcTimestamp = False
    builder.save(file)


if __name__ == "__main__":
    make()
