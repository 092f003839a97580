"""No bytes crash a parser, hang it, or make it eat memory: samples damaged at random, and bytes of any kind."""

from __future__ import annotations

import resource
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .targets import TARGETS, eat, seeds

MOST_SECONDS = 5.0
MOST_MIB = 600.0
"""Memory that no input of a few kilobytes may add to a process that has parsed before."""
SLOW = {"report": 12, "api": 60}
"""Examples of targets that take long for each."""
PIECES = [
    *(
        b"\x00",
        b"\xff\xfe",
        b"\xe2\x80\xae",
        b"\xed\xa0\x80",
        b"\r",
        b"\n\n",
        b"<",
        b">",
        b"<!--",
        b"]]>",
        b"&#x110000;",
    ),
    *(b'"', b"{", b"[" * 60, b"!!python/object", b"*a", b"&a", b"=", b":", b",", b"|", b"%00", b"../"),
    *(b"1e999", b"-", b"nan", b"9" * 400),
]


@st.composite
def damaged(draw: st.DrawFn, name: str) -> bytes:
    """A sample with pieces cut out, doubled, put elsewhere or replaced; or any bytes."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=300))
    data = draw(st.sampled_from(seeds(name)))
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from([0, 1, 3, 20, 200])))
        piece = draw(
            st.one_of(st.just(b""), st.just(data[start:end] * 2), st.sampled_from(PIECES), st.binary(max_size=4))
        )
        data = data[:start] + piece + data[end:]
    return data


@pytest.mark.parametrize("name", TARGETS)
def test_damaged_samples(name: str):
    for seed in seeds(name):
        eat(name, seed)  # what is loaded once, is
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    @settings(max_examples=SLOW.get(name, 120), deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(damaged(name))
    def run(data: bytes) -> None:
        start = time.perf_counter()
        eat(name, data)
        assert time.perf_counter() - start < MOST_SECONDS

    run()
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < MOST_MIB
