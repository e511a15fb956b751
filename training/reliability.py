"""Draws reliability diagrams, one small square per label: share of positives over mean risk, ten bins, area by rows."""

from .metrics import bins

SIDE, GAP = 130, 34


def draw(curves: dict[str, tuple], columns: int = 5) -> str:
    """SVG of `curves`: label -> (truth, risk)."""
    rows = -(-len(curves) // columns)
    width, height = columns * (SIDE + GAP) + GAP, rows * (SIDE + 2 * GAP)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11">']
    parts.append(f'<rect width="{width}" height="{height}" fill="white"/>')
    for at, (label, (truth, risk)) in enumerate(curves.items()):
        x, y = GAP + (at % columns) * (SIDE + GAP), GAP + (at // columns) * (SIDE + 2 * GAP)
        parts.append(square(label, bins(truth, risk), x, y))
    return "\n".join([*parts, "</svg>", ""])


def square(label: str, points: list[tuple[float, float, int]], x: float, y: float) -> str:
    most = max(n for *_, n in points)
    place = [(x + mean * SIDE, y + (1 - share) * SIDE, n) for mean, share, n in points]
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b, _ in place)
    dots = "".join(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="{1.5 + 4 * (n / most) ** 0.5:.1f}" fill="#1b6ca8"/>' for a, b, n in place)
    return (
        f'<rect x="{x}" y="{y}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#999"/>'
        f'<line x1="{x}" y1="{y + SIDE}" x2="{x + SIDE}" y2="{y}" stroke="#bbb" stroke-dasharray="3 3"/>'
        f'<polyline points="{line}" fill="none" stroke="#1b6ca8"/>{dots}'
        f'<text x="{x}" y="{y - 6}">{label}</text><text x="{x}" y="{y + SIDE + 13}" fill="#666">risk 0 to 1</text>'
    )


def draw_progress(curves: dict[str, list[tuple[float, float]]], columns: int = 5) -> str:
    """SVG of `curves`: name -> points (millions of tokens, figure); each square spans its own smallest and largest figure."""
    rows = -(-len(curves) // columns)
    width, height = columns * (SIDE + GAP) + GAP, rows * (SIDE + 2 * GAP)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11">']
    parts.append(f'<rect width="{width}" height="{height}" fill="white"/>')
    for at, (name, points) in enumerate(curves.items()):
        x, y = GAP + (at % columns) * (SIDE + GAP), GAP + (at // columns) * (SIDE + 2 * GAP)
        parts.append(rise(name, points, x, y))
    return "\n".join([*parts, "</svg>", ""])


def rise(name: str, points: list[tuple[float, float]], x: float, y: float) -> str:
    last = max(t for t, _ in points) or 1
    low, high = min(f for _, f in points), max(f for _, f in points)
    place = [(x + t / last * SIDE, y + SIDE - (f - low) / ((high - low) or 1) * SIDE) for t, f in points]
    dots = "".join(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="2.5" fill="#1b6ca8"/>' for a, b in place)
    return (
        f'<rect x="{x}" y="{y}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#999"/>'
        f'<polyline points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in place)}" fill="none" stroke="#1b6ca8"/>{dots}'
        f'<text x="{x}" y="{y - 6}">{name}</text><text x="{x + 3}" y="{y + 12}" fill="#666">{high:.3f}</text>'
        f'<text x="{x + 3}" y="{y + SIDE - 4}" fill="#666">{low:.3f}</text>'
        f'<text x="{x}" y="{y + SIDE + 13}" fill="#666">0 to {last:g} million tokens</text>'
    )
