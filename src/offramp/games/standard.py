"""The field's standard games, written by us: each a function of named parameters, with its source and what it shows.

`make(name, **parameters)` gives a game; its parameters can be swept and differentiated. Types and signals stand on
grids, so that every game is a finite tree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from offramp.errors import InputError
from offramp.games.build import Branching, chance, end, move, tree
from offramp.games.form import Game


@dataclass(frozen=True, slots=True)
class Standard:
    """A game of the catalogue."""

    name: str
    what: str
    source: str
    make: Callable[..., Game]


def ultimatum(offers: int = 5, types: int = 3, floor: float = 0.1) -> Game:
    """A coercer offers a share of 1; the ruler, whose value of refusing is private, accepts or refuses."""

    def answer(kind: int, offer: int) -> Branching:
        share = offer / (offers - 1)
        worth = kind / max(types, 1)
        yes = end(1 - share, share)
        no = end(lambda p: p.floor, lambda p: p.floor + worth)
        return move("Ruler", {"accept": yes, "refuse": no}, infoset=f"type {kind + 1} sees {share:.2f}")

    def start(kind: int) -> Branching:
        actions = {f"{k / (offers - 1):.2f}": answer(kind, k) for k in range(offers)}
        return move("Coercer", actions, infoset="offer")

    root = chance({f"type {k + 1}": (1 / types, start(k)) for k in range(types)}, name="value of refusing")
    return tree("Ultimatum with a private reservation value", ["Coercer", "Ruler"], root, parameters={"floor": floor})


def crisis_signalling(prize: float = 1.0, audience: float = 0.4, weak: float = -1.2, strong: float = -0.2) -> Game:
    """A challenges or not; B resists or concedes; a resisted A stands firm or backs down. Resolve is private."""

    def reply(a: int, b: int) -> Branching:
        firm = move(
            "A",
            {
                "stand firm": end(lambda p: p.strong if a else p.weak, lambda p: p.strong if b else p.weak),
                "back down": end(lambda p: -p.audience, lambda p: p.prize),
            },
            infoset=f"A{a + 1} resisted",
        )
        return move("B", {"concede": end(lambda p: p.prize, -0.5), "resist": firm}, infoset=f"B{b + 1} challenged")

    def start(a: int, b: int) -> Branching:
        quo = end(0, 0.5)
        return move("A", {"status quo": quo, "challenge": reply(a, b)}, infoset=f"A{a + 1}")

    types = {f"A{a + 1} B{b + 1}": (0.25, start(a, b)) for a in (0, 1) for b in (0, 1)}
    parameters = {"prize": prize, "audience": audience, "weak": weak, "strong": strong}
    return tree(
        "Crisis signalling with two types each", ["A", "B"], chance(types, name="resolve"), parameters=parameters
    )


def audience_costs(rounds: int = 3, prize: float = 1.0, war: float = 0.3, cost: float = 0.2) -> Game:
    """Crisis bargaining with audience costs: in turn each escalates or backs down, at a cost that grows by round."""

    def stage(k: int) -> Branching:
        mover, backs = ("A", True) if k % 2 == 0 else ("B", False)

        def loser(p: Any) -> Any:
            return -p.cost * k

        def winner(p: Any) -> Any:
            return p.prize

        down = end(loser, winner) if backs else end(winner, loser)
        last = k == 2 * rounds - 1
        up: Branching = end(lambda p: -p.war, lambda p: -p.war) if last else stage(k + 1)
        return move(mover, {"back down": down, "attack" if last else "escalate": up}, infoset=f"step {k + 1}")

    parameters = {"prize": prize, "war": war, "cost": cost}
    return tree("Crisis bargaining with audience costs", ["A", "B"], stage(0), parameters=parameters)


def deterrence(tough: float = 0.4, prize: float = 1.0, war: float = 0.5, reputation: float = 0.3) -> Game:
    """A challenger faces a defender who may be tough (prefers to fight) or soft."""

    def answer(kind: str, gain: Callable[[Any], Any]) -> Branching:
        actions = {"fight": end(lambda p: -p.war, gain), "yield": end(lambda p: p.prize, lambda p: -p.prize)}
        return move("Defender", actions, infoset=f"{kind} defender challenged")

    def start(kind: str, gain: Callable[[Any], Any]) -> Branching:
        return move("Challenger", {"refrain": end(0, 0), "challenge": answer(kind, gain)}, infoset="challenger")

    root = chance(
        {
            "tough": (lambda p: p.tough, start("tough", lambda p: p.reputation - p.war)),
            "soft": (lambda p: 1 - p.tough, start("soft", lambda p: -p.prize - p.war)),
        },
        name="defender's type",
    )
    parameters = {"tough": tough, "prize": prize, "war": war, "reputation": reputation}
    return tree("Deterrence under incomplete information", ["Challenger", "Defender"], root, parameters=parameters)


def entry(monopoly: float = 2.0, share: float = 1.0, fight: float = -1.0) -> Game:
    """Entry deterrence: an entrant comes in or stays out, the incumbent fights or shares."""
    inside = move(
        "Incumbent",
        {"fight": end(lambda p: p.fight, lambda p: p.fight), "share": end(lambda p: p.share, lambda p: p.share)},
    )
    root = move("Entrant", {"out": end(0, lambda p: p.monopoly), "in": inside})
    parameters = {"monopoly": monopoly, "share": share, "fight": fight}
    return tree("Entry", ["Entrant", "Incumbent"], root, parameters=parameters)


def centipede(stages: int = 6, growth: float = 2.0, pot: float = 0.5, split: float = 0.8) -> Game:
    """Taking turns to take the larger part of a pot that grows, or to pass."""

    def stage(k: int) -> Branching:
        def part(share: Callable[[Any], Any], k: int = k) -> Callable[[Any], Any]:
            return lambda p: share(p) * p.pot * p.growth**k

        large, small = part(lambda p: p.split), part(lambda p: 1 - p.split)
        take = end(large, small) if k % 2 == 0 else end(small, large)
        if k < stages - 1:
            on: Branching = stage(k + 1)
        else:
            more = [part(lambda p: (1 - p.split) * p.growth), part(lambda p: p.split * p.growth)]
            on = end(*(more if k % 2 == 0 else more[::-1]))
        return move("First" if k % 2 == 0 else "Second", {"take": take, "pass": on}, infoset=f"stage {k + 1}")

    parameters = {"growth": growth, "pot": pot, "split": split}
    return tree(f"Centipede of {stages} stages", ["First", "Second"], stage(0), parameters=parameters)


def poker(ante: float = 1.0, bet: float = 1.0) -> Game:
    """One card each way: a player who knows the card bets or folds; the other calls or passes."""

    def card(name: str, sign: int) -> Branching:
        called = end(lambda p: sign * (p.ante + p.bet), lambda p: -sign * (p.ante + p.bet))
        passed = end(lambda p: p.ante, lambda p: -p.ante)
        after = move("Second", {"call": called, "pass": passed}, infoset="facing a bet")
        fold = end(lambda p: -p.ante, lambda p: p.ante)
        return move("First", {"bet": after, "fold": fold}, infoset=f"{name} card")

    root = chance({"high": (0.5, card("high", 1)), "low": (0.5, card("low", -1))}, name="deal")
    return tree("Stripped-down poker", ["First", "Second"], root, parameters={"ante": ante, "bet": bet})


def attrition(rounds: int = 4, prize: float = 1.0, cost: float = 0.25, delay: float = 0.9) -> Game:
    """War of attrition in rounds: both hold or quit at once; holding costs, and whoever holds longer wins."""

    def stage(k: int) -> Branching:
        def paid(sign: Callable[[Any], Any], k: int = k) -> Callable[[Any], Any]:
            return lambda p: p.delay**k * sign(p) - p.cost * sum(p.delay**j for j in range(k))

        win, lose, tie = paid(lambda p: p.prize), paid(lambda _: 0.0), paid(lambda p: p.prize / 2)
        both: Branching = stage(k + 1) if k < rounds - 1 else end(paid(lambda p: -p.cost), paid(lambda p: -p.cost))
        second = f"round {k + 1}"
        held = move("B", {"hold": both, "quit": end(win, lose)}, infoset=second)
        gone = move("B", {"hold": end(lose, win), "quit": end(tie, tie)}, infoset=second)
        return move("A", {"hold": held, "quit": gone}, infoset=f"round {k + 1}")

    parameters = {"prize": prize, "cost": cost, "delay": delay}
    return tree(f"War of attrition of {rounds} rounds", ["A", "B"], stage(0), parameters=parameters)


def coup(loyal: float = 1.0, spoils: float = 2.0, purge: float = -2.0, offer: float = 0.5) -> Game:
    """A ruler shares rents or hoards them; two garrisons each stay loyal or rise, and rising works only together."""

    def garrisons(shared: bool) -> Branching:
        where = "after sharing" if shared else "after hoarding"

        def stay(p: Any) -> Any:
            return p.loyal + p.offer if shared else p.loyal

        def ruler(p: Any) -> Any:
            return 2 - 2 * p.offer if shared else 2.0

        def second(first_rises: bool) -> Branching:
            both = end(-2, lambda p: p.spoils, lambda p: p.spoils)
            alone = end(ruler, stay, lambda p: p.purge)
            none = end(ruler, stay, stay)
            rise = both if first_rises else alone
            keep = end(ruler, lambda p: p.purge, stay) if first_rises else none
            return move("Garrison 2", {"stay": keep, "rise": rise}, infoset=where)

        return move("Garrison 1", {"stay": second(False), "rise": second(True)}, infoset=where)

    root = move("Ruler", {"share": garrisons(True), "hoard": garrisons(False)})
    parameters = {"loyal": loyal, "spoils": spoils, "purge": purge, "offer": offer}
    return tree("Coup game", ["Ruler", "Garrison 1", "Garrison 2"], root, parameters=parameters)


def regime_change(states: int = 5, noise: float = 0.25, gain: float = 1.0, cost: float = 0.4) -> Game:
    """A global game on a grid: the regime's strength is seen with noise by two citizens, who attack or stay home.

    Strengths run over `states` values from 0 to 1; a signal is off by one place with chance `noise`, split over both
    sides. An attack by share a brings the regime down when a is above its strength.
    """

    def seen(k: int) -> dict[int, Callable[[Any], Any]]:
        near = [j for j in (k - 1, k + 1) if 0 <= j < states]
        chances: dict[int, Callable[[Any], Any]] = {k: lambda p: 1 - p.noise}
        count = len(near)
        return chances | dict.fromkeys(near, lambda p: p.noise / count)

    def play(k: int, first: int, second: int) -> Branching:
        strength = k / (states - 1)

        def payoff(attacks: bool, other: bool) -> Any:
            falls = (attacks + other) / 2 > strength
            if not attacks:
                return 0.0
            return (lambda p: p.gain - p.cost) if falls else (lambda p: -p.cost)

        def reply(attacked: bool) -> Branching:
            actions = {
                name: end(payoff(attacked, mine), payoff(mine, attacked))
                for name, mine in (("attack", True), ("stay", False))
            }
            return move("Citizen 2", actions, infoset=f"signal {second / (states - 1):.2f}")

        return move(
            "Citizen 1", {"attack": reply(True), "stay": reply(False)}, infoset=f"signal {first / (states - 1):.2f}"
        )

    def strength(k: int) -> Branching:
        pairs: dict[str, tuple[Any, Branching]] = {}
        for a, x in seen(k).items():
            for b, y in seen(k).items():
                pairs[f"{a} {b}"] = ((lambda p, x=x, y=y: x(p) * y(p)), play(k, a, b))
        return chance(pairs, name=f"signals at {k / (states - 1):.2f}")

    root = chance({f"{k / (states - 1):.2f}": (1 / states, strength(k)) for k in range(states)}, name="strength")
    parameters = {"noise": noise, "gain": gain, "cost": cost}
    return tree("Global game of regime change on a grid", ["Citizen 1", "Citizen 2"], root, parameters=parameters)


CATALOGUE: dict[str, Standard] = {
    entry_.name: entry_
    for entry_ in (
        Standard("ultimatum", "one offer, private value of refusing", "Ramsay and Signorino (2009)", ultimatum),
        Standard(
            "crisis-signalling", "challenge, resistance, standing firm", "Lewis and Schultz (2003)", crisis_signalling
        ),
        Standard("audience-costs", "bargaining in which backing down costs more by the step", "Fearon (1994)",
                 audience_costs),
        Standard("deterrence", "a challenge under doubt about the defender", "Zagare and Kilgour (1993)", deterrence),
        Standard("entry", "an incumbent's threat that is not credible", "Selten (1978)", entry),
        Standard("centipede", "taking or passing a pot that grows", "Rosenthal (1981)", centipede),
        Standard("poker", "bluffing with one card", "Myerson (1991)", poker),
        Standard("war-of-attrition", "holding out at a cost, both at once", "Maynard Smith (1974)", attrition),
        Standard("coup", "two garrisons that must rise together", "Sutter (2000)", coup),
        Standard("regime-change", "attacks on a regime whose strength is seen with noise", "Morris and Shin (1998)",
                 regime_change),
    )
}  # fmt: skip


def make(name: str, **parameters: Any) -> Game:
    """A game of the catalogue. Raises `InputError` with the nearest known name or the parameters that it takes."""
    if name not in CATALOGUE:
        near = get_close_matches(name, CATALOGUE, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise InputError(f"no game {name!r} in the catalogue; known: {', '.join(CATALOGUE)}.{hint}")
    try:
        return CATALOGUE[name].make(**parameters)
    except TypeError as error:
        from inspect import signature

        known = ", ".join(signature(CATALOGUE[name].make).parameters)
        raise InputError(f"game {name!r}: {error}; it takes {known}.") from error
