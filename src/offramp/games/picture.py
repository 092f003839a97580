"""Pictures: SVG text that shows itself in notebooks and saves itself, and line charts made of it.

Lines differ by colour (Okabe and Ito's, safe for colour-blind readers) and by dash, and are labelled at their end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from offramp.errors import InputError

Floats = NDArray[np.float64]
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES = ("", "7 4", "2 3", "9 3 2 3", "4 2", "12 4", "1 2")
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 420, 62, 190, 44, 50


@dataclass(frozen=True)
class Picture:
    """An SVG picture with a description in words and the same figures as rows, for those who cannot see it."""

    svg: str = field(repr=False)
    description: str
    rows: tuple[dict[str, object], ...] = field(default=(), repr=False)

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, path: str | Path) -> None:
        """Writes SVG, or PNG when the name ends so. Raises `InputError` for other endings or a bad place."""
        target = Path(path)
        if target.suffix.lower() not in (".svg", ".png"):
            raise InputError(f"{target}: pictures are written as .svg or .png.")
        try:
            if target.suffix.lower() == ".svg":
                target.write_text(self.svg, encoding="utf-8")
            else:
                import vl_convert

                target.write_bytes(vl_convert.svg_to_png(self.svg, scale=2))
        except OSError as error:
            raise InputError(f"{target}: cannot write: {error.strerror}.") from error


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart."""

    label: str
    x: Sequence[float]
    y: Sequence[float]


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis: `log` needs positive values."""

    label: str
    log: bool = False


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round numbers that cover a range."""
    if not high > low:
        return [low]
    raw = (high - low) / count
    step = 10 ** np.floor(np.log10(raw))
    step *= next(m for m in (1, 2, 5, 10) if m * step >= raw * 0.999)
    first = np.ceil(low / step - 1e-9) * step
    return [float(round(first + k * step, 12)) for k in range(int((high - first) / step + 1e-9) + 1)]


def _scaled(axis: Axis, values: Floats, low: float, high: float) -> Floats:
    if axis.log:
        values, low, high = np.log10(values), float(np.log10(low)), float(np.log10(high))
    return (values - low) / (high - low if high > low else 1.0)


def _log_ticks(low: float, high: float) -> list[float]:
    first, last = int(np.ceil(np.log10(low) - 1e-9)), int(np.floor(np.log10(high) + 1e-9))
    step = max(1, (last - first) // 6)
    return [10.0**k for k in range(first, last + 1, step)] or [low, high]


def line_chart(
    title: str, x_axis: Axis, y_axis: Axis, lines: Sequence[Line], *, description: str, marks: Sequence[Line] = ()
) -> Picture:
    """Lines over a common axis; `marks` are points to ring (folds, bifurcations, equilibria)."""
    xs = np.concatenate([np.asarray(line.x, dtype=float) for line in lines]) if lines else np.array([0.0, 1.0])
    ys = np.concatenate([np.asarray(line.y, dtype=float) for line in lines]) if lines else np.array([0.0, 1.0])
    if x_axis.log:
        xs = xs[xs > 0]
    x_low, x_high, y_low, y_high = float(xs.min()), float(xs.max()), float(ys.min()), float(ys.max())
    if y_low >= 0 and y_high <= 1:
        y_low, y_high = 0.0, 1.0
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(x: Sequence[float] | Floats, y: Sequence[float] | Floats) -> tuple[Floats, Floats]:
        a = LEFT + wide * _scaled(x_axis, np.asarray(x, dtype=float), x_low, x_high)
        b = TOP + high * (1 - _scaled(y_axis, np.asarray(y, dtype=float), y_low, y_high))
        return a, b

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" font-family="sans-serif" font-size="12"><title>{escape(title)}</title>'
        f"<desc>{escape(description)}</desc>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="24" font-size="15" font-weight="bold">{escape(title)}</text>',
    ]
    for value in _log_ticks(x_low, x_high) if x_axis.log else ticks(x_low, x_high):
        across = float(place([value], [y_low])[0][0])
        parts.append(f'<path d="M{across:.1f} {TOP}V{TOP + high}" stroke="#e3e3e3"/>')
        parts.append(f'<text x="{across:.1f}" y="{TOP + high + 18}" text-anchor="middle">{value:g}</text>')
    for value in ticks(y_low, y_high):
        up = float(place([x_low], [value])[1][0])
        parts.append(f'<path d="M{LEFT} {up:.1f}H{LEFT + wide}" stroke="#e3e3e3"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{up + 4:.1f}" text-anchor="end">{value:g}</text>')
    middle = TOP + high / 2
    parts.append(f'<text x="{LEFT + wide / 2}" y="{HEIGHT - 10}" text-anchor="middle">{escape(x_axis.label)}</text>')
    parts.append(
        f'<text x="16" y="{middle}" text-anchor="middle" transform="rotate(-90 16 {middle})">'
        f"{escape(y_axis.label)}</text>"
    )
    ends: list[tuple[float, str, str]] = []
    for number, line in enumerate(lines):
        keep = np.asarray(line.x, dtype=float) > 0 if x_axis.log else np.ones(len(line.x), dtype=bool)
        a, b = place(np.asarray(line.x)[keep], np.asarray(line.y)[keep])
        if not len(a):
            continue
        colour, dash = COLOURS[number % 7], DASHES[(number + number // 7) % 7]
        path = "M" + "L".join(f"{p:.1f} {q:.1f}" for p, q in zip(a, b, strict=True))
        stroke = f' stroke-dasharray="{dash}"' if dash else ""
        parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"{stroke}/>')
        ends.append((float(b[-1]), line.label, colour))
    for y, label, colour in _spread(ends):
        parts.append(f'<text x="{LEFT + wide + 8}" y="{y + 4:.1f}" fill="{colour}">{escape(label)}</text>')
    for mark in marks:
        a, b = place(mark.x, mark.y)
        for p, q in zip(a, b, strict=True):
            parts.append(f'<circle cx="{p:.1f}" cy="{q:.1f}" r="5" fill="none" stroke="#000000"/>')
    rows = tuple(
        {"line": line.label, x_axis.label: float(x), y_axis.label: float(y)}
        for line in lines
        for x, y in zip(line.x, line.y, strict=True)
    )
    return Picture("\n".join([*parts, "</svg>"]), description, rows)


def _spread(ends: list[tuple[float, str, str]], gap: float = 14.0) -> list[tuple[float, str, str]]:
    """Labels at line ends, moved apart so that none covers another."""
    placed: list[tuple[float, str, str]] = []
    for y, label, colour in sorted(ends):
        placed.append((max(y, placed[-1][0] + gap) if placed else y, label, colour))
    over = placed[-1][0] - (HEIGHT - BOTTOM) if placed else 0.0
    return [(y - max(over, 0.0), label, colour) for y, label, colour in placed]


def text_chart(lines: Sequence[Line], *, width: int = 64, height: int = 16, log: bool = False) -> str:
    """The same in the terminal: one letter a line, probabilities from 0 to 1 upwards."""
    grid = [[" "] * width for _ in range(height)]
    xs = np.concatenate([np.asarray(line.x, dtype=float) for line in lines])
    xs = xs[xs > 0] if log else xs
    low, high = float(xs.min()), float(xs.max())
    axis = Axis("", log)
    ys = np.concatenate([np.asarray(line.y, dtype=float) for line in lines])
    bottom, top = min(0.0, float(ys.min())), max(1.0, float(ys.max()))
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for number, line in enumerate(lines):
        keep = np.asarray(line.x) > 0 if log else np.ones(len(line.x), dtype=bool)
        place = _scaled(axis, np.asarray(line.x, dtype=float)[keep], low, high)
        every = np.linspace(0, 1, width)
        order = np.argsort(place, kind="stable")
        y = np.interp(every, place[order], np.asarray(line.y, dtype=float)[keep][order])
        for column, value in enumerate(y):
            row = round((1 - (value - bottom) / (top - bottom)) * (height - 1))
            grid[row][column] = letters[number % len(letters)]
    body = [f"{top - (top - bottom) * r / (height - 1):5.2f} |{''.join(row)}" for r, row in enumerate(grid)]
    foot = f"      +{'-' * width}\n       {low:<12.3g}{'precision' if log else '':^{width - 24}}{high:>12.3g}"
    legend = [f"  {letters[n % len(letters)]}  {line.label}" for n, line in enumerate(lines)]
    return "\n".join([*body, foot, *legend])
