"""Game trees as SVG: left to right, one row a leaf, information sets joined by dashed lines."""

from __future__ import annotations

from html import escape
from types import SimpleNamespace
from typing import TYPE_CHECKING

from offramp.errors import InputError
from offramp.games.form import CHANCE, amount
from offramp.games.picture import COLOURS, Picture
from offramp.games.text import plain

if TYPE_CHECKING:
    from offramp.games.form import Game

ROW, COLUMN, MARGIN = 26, 150, 40
MOST_LEAVES = 2000


def draw_tree(game: Game) -> Picture:
    """The tree as a picture. Raises `InputError` for trees of more than 2,000 leaves, which nobody could read."""
    if len(game.leaves) > MOST_LEAVES:
        raise InputError(f"{game.title!r} has {len(game.leaves):,} leaves; trees of at most {MOST_LEAVES:,} are drawn.")
    depth = [0] * len(game.nodes)
    y = [0.0] * len(game.nodes)
    for index, node in enumerate(game.nodes):
        depth[index] = depth[node.parent] + 1 if node.parent >= 0 else 0
    for row, leaf in enumerate(game.leaves):
        y[leaf] = MARGIN + 34 + row * ROW
    for index in range(len(game.nodes) - 1, -1, -1):
        below = game.children[index]
        if below:
            y[index] = (y[below[0]] + y[below[-1]]) / 2
    x = [MARGIN + d * COLUMN for d in depth]
    values = SimpleNamespace(**game.parameters)
    parts: list[str] = []
    for index, node in enumerate(game.nodes):
        if node.parent >= 0:
            parts.append(_edge(game, index, x, y, values))
    for infoset in game.decisions:
        colour = COLOURS[infoset.player % 7]
        parts += [
            f'<path d="M{x[a]} {y[a]:.1f}L{x[b]} {y[b]:.1f}" stroke="{colour}" stroke-dasharray="3 3" fill="none"/>'
            for a, b in zip(infoset.nodes, infoset.nodes[1:], strict=False)
        ]
    for index in range(len(game.nodes)):
        parts.append(_node(game, index, x[index], y[index], values))
    width = MARGIN * 2 + max(depth, default=0) * COLUMN + 190
    height = MARGIN * 2 + 34 + max(len(game.leaves) - 1, 0) * ROW
    words = (
        f"Game tree of {game.title}: {len(game.players)} players ({', '.join(game.players)}), {len(game.nodes)} nodes, "
        f"{len(game.decisions)} information sets."
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" font-family="sans-serif" font-size="11"><title>{escape(game.title)}</title>'
        f'<desc>{escape(words)}</desc><rect width="{width}" height="{height}" fill="#ffffff"/>'
        f'<text x="{MARGIN}" y="26" font-size="15" font-weight="bold">{escape(game.title)}</text>'
    )
    return Picture(svg + "\n" + "\n".join(parts) + "\n</svg>", words)


def _edge(game: Game, index: int, x: list[int], y: list[float], values: object) -> str:
    node = game.nodes[index]
    a, b = node.parent, index
    parent = game.infosets[game.nodes[a].infoset]
    label = parent.actions[node.action]
    if parent.player == CHANCE:
        label = f"{label} ({plain(amount(parent.chances[node.action], values))})".strip()
    middle = y[a] + (y[b] - y[a]) * 0.6
    return (
        f'<path d="M{x[a]} {y[a]:.1f}L{x[b]} {y[b]:.1f}" stroke="#555555" fill="none"/>'
        f'<text x="{x[a] + COLUMN * 0.6:.1f}" y="{middle - 3:.1f}" text-anchor="middle" fill="#333333">'
        f"{escape(label)}</text>"
    )


def _node(game: Game, index: int, x: float, y: float, values: object) -> str:
    node = game.nodes[index]
    text = ""
    if node.outcome >= 0:
        outcome = game.outcomes[node.outcome]
        numbers = ", ".join(plain(amount(p, values) if callable(p) else p) for p in outcome.payoffs)
        where = f'x="{x + 8}" y="{y + 4:.1f}"' if node.kind == "end" else f'x="{x}" y="{y + 18:.1f}"'
        text = f"<text {where}>{escape(f'({numbers}) {outcome.name}'.strip())}</text>"
    if node.kind == "end":
        return f'<circle cx="{x}" cy="{y:.1f}" r="2.5" fill="#000000"/>{text}'
    infoset = game.infosets[node.infoset]
    if infoset.player == CHANCE:
        return f'<rect x="{x - 4}" y="{y - 4:.1f}" width="8" height="8" fill="#000000"/>{text}'
    colour = COLOURS[infoset.player % 7]
    name = f"{game.players[infoset.player]} {infoset.number}"
    return (
        f'<circle cx="{x}" cy="{y:.1f}" r="5" fill="{colour}"/>'
        f'<text x="{x}" y="{y - 9:.1f}" text-anchor="middle" fill="{colour}">{escape(name)}</text>{text}'
    )
