"""Coverage-guided fuzzing of one parser; `make fuzz` runs all of them, each for a minute.

    python tools/fuzz/fuzz.py TARGET [SECONDS]

Runs in an environment of its own, because atheris exists for few platforms. A finding is written to build/fuzz/ and
the run ends; move it to tests/fuzz/corpus/TARGET/ with the mend, and it is a test from then on.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris  # type: ignore[import-not-found]

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def main() -> None:
    name, seconds = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "60"
    with atheris.instrument_imports(include=["offramp", "fastfeedparser"]):
        from tests.fuzz import targets

        for seed in targets.seeds(name):
            targets.eat(name, seed)  # imports what it needs
    place = ROOT / "build/fuzz" / name
    corpus = place / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(targets.seeds(name)):
        (corpus / f"seed-{number}").write_bytes(seed)
    options = [
        f"-max_total_time={seconds}",
        "-timeout=5",
        "-rss_limit_mb=3000",
        "-max_len=4096",
        "-print_final_stats=1",
    ]
    atheris.Setup(
        [sys.argv[0], *options, f"-artifact_prefix={place}/", str(corpus)], lambda data: targets.eat(name, data)
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
