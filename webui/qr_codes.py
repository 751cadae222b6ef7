"""A text as a QR that a page draws."""

QUIET = 4
"""Modules of light around it, without which scanners find none (ISO/IEC 18004)."""


def qr(text: str) -> tuple[int, str]:
    """Its width in modules, margin included, and the dark ones as the path of an SVG."""
    import segno  # only who is shown one pays for it

    rows = [list(row) for row in segno.make(text, error="m", micro=False).matrix]
    marks = (
        f"M{x + QUIET} {y + QUIET}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, dark in enumerate(row)
        if dark
    )
    return len(rows) + 2 * QUIET, "".join(marks)
