"""Crisis signalling: the likelihood of one game, given beliefs or at an equilibrium.

Payoffs, by index: SA, VA, CB, barWA, barWB, bara, VB. A sees its errors before it challenges, B its own; all standard
normal. With pR and pF what the players expect of one another and c = (SA - (1 - pR) VA) / pR,

    Pr(status quo)  = Phi(c - barWA) Phi(c - bara)
    Pr(stand firm)  = Pr(B resists) J(c - barWA, barWA - bara),   J(u, d) = int_u^inf phi(x) Phi(x + d) dx
    Pr(back down)   = Pr(B resists) J(c - bara, bara - barWA)
    Pr(B resists)   = Phi((pF barWB + (1 - pF) VB - CB) / pF).

Arrays have indices or outcomes first and rows last. Everything is in logarithms. log J is integrated over the stretch
where its log-concave integrand is not negligible; its derivatives are closed forms: J_u = -phi(u) Phi(u + d),
J_d = phi(d / sqrt 2) / sqrt 2 Phi(-sqrt 2 (u + d / 2)).

Source: Lewis and Schultz (2003), Political Analysis 11, 345-367; Crisman-Cox and Gibilisco (2021), Political Science
Research and Methods 9, 504-522; equilibria as in `offramp.games.crisis`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from offramp.compiled import jax, jnp
from offramp.strategic.derive import jacobian, second
from offramp.strategic.normal import HALF_LOG_2PI, ROOT2, log_density, log_phi, mills, scaled_tail

KEYS = ("SA", "VA", "CB", "barWA", "barWB", "bara", "VB")
NODES, WEIGHTS = np.polynomial.legendre.leggauss(56)
REACH = 9.0
STEPS = 40
LOW, HIGH = -37.0, 9.0


@jax.custom_jvp
def log_joint(u: jax.Array, d: jax.Array) -> jax.Array:
    """log J(u, d), to about 1e-13 also far out."""
    top = jnp.maximum(jnp.maximum(0.0, -d / 2), u)  # within 0.6 of where the integrand has its peak
    low = jnp.maximum(u, top - REACH)
    rate = jnp.maximum(top - mills(top + d), 0.0)  # how fast the integrand falls where the stretch begins
    half = (top - rate + jnp.sqrt(rate * rate + REACH * REACH) - low) / 2
    nodes, weights = (jnp.asarray(v).reshape(-1, *[1] * jnp.ndim(u)) for v in (NODES, WEIGHTS))
    x = low + half * (nodes + 1)
    y = x + d
    below = jnp.minimum(y, 0.0)
    shift = 0.5 * (top * top + jnp.minimum(top + d, 0.0) ** 2)
    tail = scaled_tail(y)
    height = jnp.where(y < 0, tail, 1 - tail * jnp.exp(-0.5 * y * y))
    total = jnp.sum(weights * height * jnp.exp(shift - 0.5 * (x * x + below * below)), axis=0)
    return jnp.log(total) + jnp.log(half) - shift - HALF_LOG_2PI


@log_joint.defjvp
def _log_joint_jvp(
    primals: tuple[jax.Array, jax.Array], tangents: tuple[jax.Array, jax.Array]
) -> tuple[jax.Array, jax.Array]:
    (u, d), (du, dd) = primals, tangents
    value = log_joint(u, d)
    by_u = -jnp.exp(log_density(u) + log_phi(u + d) - value)
    by_d = jnp.exp(log_density(d / ROOT2) + log_phi(-ROOT2 * (u + d / 2)) - value) / ROOT2
    return value, by_u * du + by_d * dd


def log_either(a: jax.Array, b: jax.Array) -> jax.Array:
    """log(e^a + e^b - e^(a + b)): the chance of one or both of two independent events."""
    total = jnp.logaddexp(a, b)
    return total + jnp.log1p(-jnp.exp(a + b - total))


def first_mover(eta: jax.Array, c: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
    """At A's best alternative c: logs of no challenge, challenge, challenge and firm, challenge and back down."""
    u, v, d = c - eta[3], c - eta[5], eta[3] - eta[5]
    return log_phi(u) + log_phi(v), log_either(log_phi(-u), log_phi(-v)), log_joint(u, d), log_joint(v, -d)


def cutoff(eta: jax.Array, log_resist: jax.Array) -> jax.Array:
    """c at log pR."""
    return eta[1] + (eta[0] - eta[1]) * jnp.exp(-log_resist)


def reply(eta: jax.Array, log_firm: jax.Array) -> jax.Array:
    """z with Pr(B resists) = Phi(z), at log pF."""
    return eta[4] - eta[6] + (eta[6] - eta[2]) * jnp.exp(-log_firm)


def outcome_logs(eta: jax.Array, c: jax.Array, z: jax.Array) -> jax.Array:
    """Log-probabilities of status quo, concession, standing firm and backing down."""
    quiet, challenge, firm, back = first_mover(eta, c)
    resist = log_phi(z)
    return jnp.stack([quiet, challenge + log_phi(-z), resist + firm, resist + back])


@dataclass(frozen=True)
class SignalRows:
    """The pseudo-likelihood: players expect pR and pF of one another. Data: four counts, pR, pF."""

    indices: int = 7
    width: int = 6

    def log_outcomes(self, eta: jax.Array, row: jax.Array) -> jax.Array:
        """Log-probabilities of the four outcomes."""
        return outcome_logs(eta, cutoff(eta, jnp.log(row[4])), reply(eta, jnp.log(row[5])))

    def log_lik(self, eta: jax.Array, row: jax.Array) -> jax.Array:
        """Log-likelihood of the counts, without the multinomial constant."""
        return jnp.sum(row[:4] * self.log_outcomes(eta, row), axis=0)

    def predicted(self, eta: jax.Array, row: jax.Array) -> jax.Array:
        """Probabilities of the four outcomes."""
        return jnp.exp(self.log_outcomes(eta, row))

    def log_moves(self, eta: jax.Array, row: jax.Array) -> jax.Array:
        """Logs of no challenge, challenge, concede, resist, stand firm, back down (the last two given resistance)."""
        return _moves(eta, cutoff(eta, jnp.log(row[4])), reply(eta, jnp.log(row[5])))

    def response(self, eta: jax.Array, row: jax.Array) -> jax.Array:
        """What the players do, given what they expect: new pR and pF."""
        _, challenge, firm, _ = first_mover(eta, cutoff(eta, jnp.log(row[4])))
        return jnp.stack([jnp.exp(log_phi(reply(eta, jnp.log(row[5])))), jnp.exp(firm - challenge)])

    def round(self, eta: jax.Array, row: jax.Array) -> jax.Array:
        """Response (2) and its derivatives in beliefs (2, 2), one after the other: (6, n)."""
        slopes = jacobian(lambda b: self.response(eta, jnp.concatenate([row[:4], b])), row[4:6])
        return jnp.concatenate([self.response(eta, row), slopes.reshape(4, -1)])

    def around(self, eta: jax.Array, row: jax.Array) -> jax.Array:
        """For the nested estimator, x being indices and beliefs: response (2), its derivatives in x (2, 9), gradient
        (9) and Hessian (9, 9) of the log-likelihood in x, one after the other: (110, n)."""

        def split(x: jax.Array) -> tuple[jax.Array, jax.Array]:
            return x[:7], jnp.concatenate([row[:4], x[7:]])

        x = jnp.concatenate([eta, row[4:6]])
        back, slopes = self.response(eta, row), jacobian(lambda y: self.response(*split(y)), x)
        _, gradient, hessian = second(lambda y: self.log_lik(*split(y)), x)
        return jnp.concatenate([back, slopes.reshape(18, -1), gradient, hessian.reshape(81, -1)])


def _moves(eta: jax.Array, c: jax.Array, z: jax.Array) -> jax.Array:
    quiet, challenge, firm, back = first_mover(eta, c)
    return jnp.stack([quiet, challenge, log_phi(-z), log_phi(z), firm - challenge, back - challenge])


def image(eta: jax.Array, z: jax.Array) -> jax.Array:
    """B's z when A expects Phi(z): the map whose fixed points are the equilibria."""
    _, challenge, firm, _ = first_mover(eta, cutoff(eta, log_phi(z)))
    return reply(eta, firm - challenge)


def settle(eta: jax.Array, z: jax.Array) -> jax.Array:
    """The equilibria that Newton's method reaches from z; NaN where it reaches none. Not to be differentiated."""

    def going(state: tuple[jax.Array, jax.Array, jax.Array]) -> jax.Array:
        step, _, moving_on = state
        return (step < STEPS) & jnp.any(moving_on)

    def onward(state: tuple[jax.Array, jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array, jax.Array]:
        step, at, moving_on = state
        value, slope = jax.jvp(lambda x: image(eta, x), (at,), (jnp.ones_like(at),))
        move = jnp.where(moving_on, jnp.clip((value - at) / (1 - slope), -1.0, 1.0), 0.0)
        # A step below 1e-9 is taken, and its error is about the square of that.
        return step + 1, at + move, jnp.abs(move) > 1e-9 * (1 + jnp.abs(at))

    _, end, _ = jax.lax.while_loop(going, onward, (jnp.zeros((), int), z, jnp.ones_like(z, dtype=bool)))
    return jnp.where(jnp.abs(image(eta, end) - end) < 1e-9 * (1 + jnp.abs(end)), end, jnp.nan)


@jax.custom_jvp
def moving(eta: jax.Array, z: jax.Array) -> jax.Array:
    """z, which is an equilibrium at eta, as a function of eta (implicit function theorem, first derivatives)."""
    return z


@moving.defjvp
def _moving_jvp(
    primals: tuple[jax.Array, jax.Array], tangents: tuple[jax.Array, jax.Array]
) -> tuple[jax.Array, jax.Array]:
    (eta, z), (deta, _) = primals, tangents
    _, push = jax.jvp(lambda e: image(e, z), (eta,), (deta,))
    _, slope = jax.jvp(lambda x: image(eta, x), (z,), (jnp.ones_like(z),))
    return z, push / (1 - slope)


@dataclass(frozen=True)
class EquilibriumRows:
    """The likelihood at an equilibrium, followed as payoffs change. Data: four counts, z to start from.

    `kernels` settles z at the indices before every call, so that the methods here may take it for an equilibrium.
    """

    indices: int = 7
    width: int = 5
    settles: bool = True

    def log_outcomes(self, eta: jax.Array, row: jax.Array) -> jax.Array:
        """Log-probabilities of the four outcomes."""
        z = moving(eta, row[4])
        return outcome_logs(eta, cutoff(eta, log_phi(z)), z)

    def log_lik(self, eta: jax.Array, row: jax.Array) -> jax.Array:
        """Log-likelihood of the counts, without the multinomial constant."""
        return jnp.sum(row[:4] * self.log_outcomes(eta, row), axis=0)

    def newton(self, eta: jax.Array, row: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        """Log-likelihood, gradient and Hessian in eta, z moving along: those of f + l (T - z) on the constraint."""

        def likelihood(x: jax.Array) -> jax.Array:
            e, z = x[:7], x[7]
            return jnp.sum(row[:4] * outcome_logs(e, cutoff(e, log_phi(z)), z), axis=0)

        def target(x: jax.Array) -> jax.Array:
            return image(x[:7], x[7])

        x = jnp.concatenate([eta, row[4:5]])
        value, pull = likelihood(x), jax.grad(lambda y: jnp.sum(likelihood(y)))(x)
        push = jax.grad(lambda y: jnp.sum(target(y)))(x)
        multiplier = pull[7] / (1 - push[7])
        bent = second(lambda y: likelihood(y) + multiplier * target(y), x)[2]
        along = push[:7] / (1 - push[7])
        cross = bent[:7, 7][:, None] * along[None]
        hessian = bent[:7, :7] + cross + jnp.swapaxes(cross, 0, 1) + bent[7, 7] * along[:, None] * along[None]
        return value, pull[:7] + multiplier * push[:7], hessian

    def predicted(self, eta: jax.Array, row: jax.Array) -> jax.Array:
        """Probabilities of the four outcomes."""
        return jnp.exp(self.log_outcomes(eta, row))

    def log_moves(self, eta: jax.Array, row: jax.Array) -> jax.Array:
        """As for `SignalRows`."""
        z = moving(eta, row[4])
        return _moves(eta, cutoff(eta, log_phi(z)), z)

    def settled(self, eta: jax.Array, row: jax.Array) -> jax.Array:
        """The equilibrium's z that Newton's method reaches from the row's."""
        return settle(eta, row[4])

    def gaps(self, eta: jax.Array, row: jax.Array) -> jax.Array:
        """T(z) - z on GRID, for a scan of all equilibria."""
        return self._gaps(eta, GRID)

    def coarse_gaps(self, eta: jax.Array, row: jax.Array) -> jax.Array:
        """T(z) - z on every COARSE-th point of GRID."""
        return self._gaps(eta, GRID[::COARSE])

    def _gaps(self, eta: jax.Array, grid: NDArray[np.float64]) -> jax.Array:
        out: jax.Array = jax.lax.map(lambda z: image(eta, jnp.full_like(eta[0], z)) - z, jnp.asarray(grid))
        return out


GRID = np.concatenate([np.linspace(LOW, -8.0, 13)[:-1], np.linspace(-8.0, 6.0, 57), np.linspace(6.0, HIGH, 5)[1:]])
COARSE = 9
assert (len(GRID) - 1) % COARSE == 0
