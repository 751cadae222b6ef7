"""QR codes that a page draws as SVG."""

QUIET_ZONE = 4
"""Width of the light margin in modules; without it scanners find no code (ISO/IEC 18004)."""


def qr(text: str) -> tuple[int, str]:
    """Return the code's width in modules, margin included, and its dark modules as an SVG path."""
    import segno  # imported only when a code is shown, as it costs memory

    rows = [list(row) for row in segno.make(text, error="m", micro=False).matrix]
    marks = (
        f"M{x + QUIET_ZONE} {y + QUIET_ZONE}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, dark in enumerate(row)
        if dark
    )
    return len(rows) + 2 * QUIET_ZONE, "".join(marks)
