"""Numbers that carry a derivative, so that payoffs written as plain functions of parameters can be differentiated.

Arithmetic and NumPy's exp, log, sqrt, sin, cos and tanh work; comparisons look at the value, so `max` and conditions
take the derivative of the side that holds. Functions of the `math` module refuse (they would drop the derivative).
"""

from __future__ import annotations

import math
from typing import Any

Plain = (int, float)


class Dual:
    """value + slope * epsilon, epsilon squared 0."""

    __slots__ = ("slope", "value")

    def __init__(self, value: float, slope: float) -> None:
        self.value, self.slope = float(value), float(slope)

    @staticmethod
    def of(x: Any) -> Dual:
        """A number as one with slope 0."""
        return x if isinstance(x, Dual) else Dual(float(x), 0.0)

    def __add__(self, other: Any) -> Dual:
        other = Dual.of(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    __radd__ = __add__

    def __neg__(self) -> Dual:
        return Dual(-self.value, -self.slope)

    def __pos__(self) -> Dual:
        return self

    def __sub__(self, other: Any) -> Dual:
        return self + (-Dual.of(other))

    def __rsub__(self, other: Any) -> Dual:
        return Dual.of(other) + (-self)

    def __mul__(self, other: Any) -> Dual:
        other = Dual.of(other)
        return Dual(self.value * other.value, self.value * other.slope + self.slope * other.value)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Dual:
        other = Dual.of(other)
        value = self.value / other.value
        return Dual(value, (self.slope - value * other.slope) / other.value)

    def __rtruediv__(self, other: Any) -> Dual:
        return Dual.of(other) / self

    def __pow__(self, power: Any) -> Dual:
        power = Dual.of(power)
        value = self.value**power.value
        slope = 0.0
        if self.slope:
            slope += power.value * self.value ** (power.value - 1) * self.slope
        if power.slope:
            slope += value * math.log(self.value) * power.slope
        return Dual(value, slope)

    def __rpow__(self, base: Any) -> Dual:
        return Dual.of(base) ** self

    def __abs__(self) -> Dual:
        return self if self.value >= 0 else -self

    def __lt__(self, other: Any) -> bool:
        return self.value < Dual.of(other).value

    def __le__(self, other: Any) -> bool:
        return self.value <= Dual.of(other).value

    def __gt__(self, other: Any) -> bool:
        return self.value > Dual.of(other).value

    def __ge__(self, other: Any) -> bool:
        return self.value >= Dual.of(other).value

    def exp(self) -> Dual:
        """Called by `numpy.exp`."""
        return Dual(math.exp(self.value), math.exp(self.value) * self.slope)

    def log(self) -> Dual:
        """Called by `numpy.log`."""
        return Dual(math.log(self.value), self.slope / self.value)

    def sqrt(self) -> Dual:
        """Called by `numpy.sqrt`."""
        return self**0.5

    def sin(self) -> Dual:
        """Called by `numpy.sin`."""
        return Dual(math.sin(self.value), math.cos(self.value) * self.slope)

    def cos(self) -> Dual:
        """Called by `numpy.cos`."""
        return Dual(math.cos(self.value), -math.sin(self.value) * self.slope)

    def tanh(self) -> Dual:
        """Called by `numpy.tanh`."""
        value = math.tanh(self.value)
        return Dual(value, (1 - value * value) * self.slope)


def slope_of(x: Any) -> float:
    """The derivative that a number carries; 0 for plain numbers."""
    return x.slope if isinstance(x, Dual) else 0.0
