"""Random parameters of a plausible size, for tests that need many draws and no priors."""

from __future__ import annotations

import numpy as np

from offramp.exitgame.parameters import GameParameters

# A year's chance of each exit in `states.EXITS` for a long-ruling personalist leader, rough magnitudes.
YEARLY = np.array([0.0, 0.0083, 0.0055, 0.0028, 0.0165, 0.0193, 0.001, 0.0055])


def plausible(draws: int, seed: int = 0, *, months: int = 24, **fixed: object) -> GameParameters:
    """`draws` games drawn at random; `fixed` replaces fields (broadcast to their shape)."""
    rng = np.random.default_rng(seed)

    def lognormal(mean: float, spread: float) -> np.ndarray:
        return np.asarray(mean * np.exp(spread * rng.standard_normal(draws)))

    exile = -lognormal(1.0, 0.4)
    jail = exile - lognormal(4.0, 0.3)
    death = jail - lognormal(5.0, 0.3)
    g1 = rng.beta(4, 4, draws)
    g2 = g1 + (1 - g1) * rng.beta(2, 4, draws)
    sanctions, ultimatum = rng.beta(2, 18, draws), rng.beta(3, 9, draws)
    one = np.ones(draws)
    history = np.tile(1 - (1 - YEARLY) ** (1 / 12), (draws, months, 1)) * lognormal(1.0, 0.3)[:, None, None]
    flexible = -lognormal(6.0, 0.2)
    mixed = 0.5 * exile + 0.3 * jail + 0.2 * death
    exit_ruler = np.stack(
        [exile, mixed, mixed, 0.2 * exile + 0.4 * jail + 0.4 * death, 0.3 * exile, 0 * one, death, mixed], 1
    )
    exit_army = np.tile(np.array([5.0, 9.0, 2.0, 1.0, 7.0, 7.0, 5.0, 1.0]), (draws, 2, 1))
    exit_army[:, 1, [0, 2, 3, 7]] += 2.0
    made = {
        "precision_ruler": np.minimum(lognormal(1.5, 0.35), 4.0),
        "precision_coercer": lognormal(4.0, 0.35),
        "precision_army": lognormal(2.0, 0.35),
        "discount_ruler": rng.beta(45, 5, draws),
        "discount_coercer": rng.beta(34, 6, draws),
        "discount_army": rng.beta(45, 5, draws),
        "lapse": lognormal(1 / 24, 0.4),
        "committed": rng.beta(3, 4, draws),
        "leave_cost": np.stack([flexible, flexible + lognormal(3.0, 0.4)], 1),
        "flow_ruler": np.stack([one, 1 - sanctions, 1 - ultimatum], 1),
        "flow_coercer": np.stack([0 * one, -0.02 * one, -0.1 * one], 1),
        "flow_army": np.stack([one, 1 - sanctions, 1 - ultimatum], 1),
        "exit_ruler": exit_ruler,
        "exit_coercer": np.ones((draws, 8)),
        "exit_army": exit_army,
        "kept": np.stack([exile, 0.5 * exile], 1),
        "broken": 0.5 * jail + 0.5 * death,
        "guarantee": np.stack([g1, g2], 1),
        "immunity_cost": lognormal(0.1, 0.5),
        "cost_demand": 0.3 * one,
        "cost_crackdown": 0.6 * one,
        "cost_switch": 0.5 * one,
        "cost_audience": lognormal(0.3, 0.6),
        "cost_strike": lognormal(1.2, 0.2),
        "strike_success": rng.beta(17, 3, draws),
        "waver": -lognormal(1.5, 0.2),
        "strain": 0.2 * one,
        "grievance": 0.5 * one,
        "purge": 2.0 * one,
        "restore": rng.beta(3, 7, draws),
        "coup_success": np.stack([rng.beta(6, 14, draws), rng.beta(10, 10, draws)], 1),
        "mobilise": rng.beta(2, 50, draws),
        "persist": rng.beta(16, 4, draws),
        "relief": 0.3 * one,
        "street_ratio": lognormal(4.0, 0.5),
        "exogenous": history[:, :, [3, 4, 5, 6, 7]],
        "history": history,
        "coup_payoff": np.full((draws, months), -6.0),
        "ouster_logit": np.full((draws, months), -4.5),
    }
    for name, value in fixed.items():
        made[name] = np.broadcast_to(np.asarray(value, float), np.shape(made[name])).copy()
    return GameParameters(**made)
