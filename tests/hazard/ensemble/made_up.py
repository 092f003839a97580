"""A made-up panel in the documented format: leaders who come and go at known rates, outcomes read off their spells."""

from __future__ import annotations

import numpy as np
import polars as pl

MODES = ("regular", "coup", "uprising", "rebels", "foreign", "assassination", "natural")
RATES = (0.012, 0.006, 0.002, 0.002, 0.001, 0.001, 0.003)
TYPES = ("presidential", "personal", "military", "party-based")
REGIONS = ("americas", "africa", "asia", "mena")


def panel(states: int = 16, first_year: int = 1960, years: int = 34, seed: int = 3) -> pl.DataFrame:
    """One row a state and month. Soldiers' states have three times the coups; votes come every 48 months."""
    rng = np.random.default_rng(seed)
    months = 12 * years
    rows = []
    for s in range(states):
        kind = TYPES[s % 4]
        rates = np.array(RATES) * np.where(kind == "military", [1, 3, 1, 1, 1, 1, 1], 1)
        leader, start, exits, attempts = 0, 0, {}, []
        leaders = []
        for m in range(months):
            leaders.append((leader, start))
            if rng.random() < 2 * rates[1]:
                attempts.append((m, 0))
            if rng.random() < 1 - np.exp(-rates.sum()):
                mode = MODES[rng.choice(7, p=rates / rates.sum())]
                exits[m + 1] = mode  # the leader of month m has gone by the end of month m + 1
                if mode == "coup":
                    attempts.append((m + 1, 1))
                leader, start = leader + 1, m + 1
        for m in range(months):
            row = _row(s, kind, m, first_year, leaders[m], attempts, rng)
            for h in (1, 6, 12):
                row |= _windows(m, h, months, leaders, exits, attempts)
            rows.append(row)
    return pl.DataFrame(rows, infer_schema_length=None)


def _row(s, kind, m, first_year, leader, attempts, rng):
    past = [a for a, _ in attempts if a <= m]
    return {
        "gwcode": 2 + 5 * s,
        "iso3": f"S{s:02d}",
        "leader_id": f"S{s:02d}-{leader[0]}",
        "origin": f"{first_year + m // 12}-{m % 12 + 1:02d}",
        "regime": kind,
        "region": REGIONS[s % 4],
        "tenure_m": m - leader[1],
        "age": 45.0 + (m - leader[1]) / 12 if s % 5 else None,
        "military_career": float(kind == "military"),
        "m_since_election": float(m % 48),
        "m_to_election": 48 - m % 48 if m % 48 >= 36 else 13,
        "coup_fail_12m": float(sum(1 for a, ok in attempts if m - 12 < a <= m and not ok)),
        "coup_succ_12m": float(sum(1 for a, ok in attempts if m - 12 < a <= m and ok)),
        "coup_att_60m": float(sum(1 for a in past if a > m - 60)),
        "m_since_coup_att": float(m - max(past)) if past else 600.0,
        "lpec_pc_l1": float(s % 3) + 0.01 * rng.normal(),
        "infmort_l1": 120.0 - 3 * s,
        "civil_gov_l1": int(s % 7 == 0),
        "civil_intensity_l1": float(s % 7 == 0),
        "mid_target_24m": float(s % 2),
        "mid_regime_claim_120m": 0.0,
        "mid_data_age_m": 0,
    }


def _windows(m, h, months, leaders, exits, attempts):
    if m + h >= months:
        return {f"{n}_next{h}": None for n in ("exit", "irreg_adj", "coup_att", "coup_succ")}
    inside = [t for t in range(m + 1, m + h + 1) if t in exits]
    mode = exits[inside[0]] if inside else "none"
    tried = [ok for a, ok in attempts if m < a <= m + h]
    return {
        f"exit_next{h}": mode,
        f"irreg_adj_next{h}": float(mode not in ("none", "regular", "natural")),
        f"coup_att_next{h}": float(bool(tried)),
        f"coup_succ_next{h}": float(any(tried)),
    }
