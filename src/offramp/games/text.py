"""Tables and trees as text and HTML: what results print."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from offramp.games.form import CHANCE, amount

if TYPE_CHECKING:
    from offramp.games.form import Game


def table_text(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table in monospace: text to the left, numbers to the right."""
    cells = [[cell(value) for value in row] for row in rows]
    widths = [max(len(name), *(len(row[k]) for row in cells)) if cells else len(name) for k, name in enumerate(columns)]
    right = [bool(rows) and all(isinstance(row[k], (int, float)) for row in rows) for k in range(len(columns))]

    def line(values: Sequence[str]) -> str:
        parts = [v.rjust(w) if r else v.ljust(w) for v, w, r in zip(values, widths, right, strict=True)]
        return "  ".join(parts).rstrip()

    return "\n".join([line(list(columns)), line(["-" * w for w in widths]), *(line(row) for row in cells)])


def table_html(caption: str, columns: Sequence[str], rows: Sequence[Sequence[object]], foot: str = "") -> str:
    """The same table as HTML."""
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell(v))}</td>" for v in row) + "</tr>" for row in rows)
    note = f"<p>{escape(foot)}</p>" if foot else ""
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}"
    )


def cell(value: object) -> str:
    """A value as tables show it."""
    if isinstance(value, bool) or not isinstance(value, float):
        return str(value)
    if value != 0 and abs(value) < 5e-5:
        return f"{value:.2e}"
    return f"{value:.4f}"


def plain(value: Any) -> str:
    """A payoff or a chance, short."""
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)


def tree_text(game: Game) -> str:
    """One line a node: what was done, who moves, at which information set, and payoffs."""
    values = SimpleNamespace(**game.parameters)
    head = f"{game.title}: {', '.join(game.players)}"
    if game.parameters:
        head += "\nParameters: " + ", ".join(f"{k} = {plain(float(v))}" for k, v in game.parameters.items())
    lines = [head]
    depth_last: list[tuple[int, bool]] = []
    for index, node in enumerate(game.nodes):
        if node.parent < 0:
            prefix, depth = "", 0
        else:
            while depth_last and depth_last[-1][0] != node.parent:
                depth_last.pop()
            depth = len(depth_last)
            last = node.action == len(game.children[node.parent]) - 1
            depth_last[-1] = (node.parent, last)
            prefix = "".join("   " if done else "│  " for _, done in depth_last[:-1])
            prefix += "└─ " if last else "├─ "
            parent = game.infosets[game.nodes[node.parent].infoset]
            prefix += parent.actions[node.action] or str(node.action + 1)
            if parent.player == CHANCE:
                prefix += f" ({plain(amount(parent.chances[node.action], values))})"
        del depth
        lines.append((prefix + _about(game, index, values)).rstrip())
        if node.kind != "end":
            depth_last.append((index, False))
    return "\n".join(lines)


def _about(game: Game, index: int, values: Any) -> str:
    node = game.nodes[index]
    text = ""
    if node.outcome >= 0:
        outcome = game.outcomes[node.outcome]
        numbers = [amount(p, values) if callable(p) else p for p in outcome.payoffs]
        text = f"  ({', '.join(map(plain, numbers))})" + (f" {outcome.name}" if outcome.name else "")
    if node.kind == "end":
        return " →" + text if text else " → (no payoffs)"
    infoset = game.infosets[node.infoset]
    if infoset.player == CHANCE:
        return "  [chance" + (f" {infoset.name}]" if infoset.name else "]") + text
    name = f" {infoset.name}" if infoset.name else ""
    return f"  [{game.players[infoset.player]} {infoset.number}{name}]" + text
