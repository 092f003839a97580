"""From a folder of source files to the record on disk: both tables and the manifest, whole or not at all."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from offramp import __version__
from offramp.errors import InputError
from offramp.history.assemble.events import read_events
from offramp.history.assemble.lags import COVARIATES
from offramp.history.assemble.panel import assemble_panel
from offramp.history.assemble.spells import COLUMNS as SPELL_COLUMNS
from offramp.history.assemble.spells import assemble_spells
from offramp.history.records import PANEL, SPELLS, file_sha256, read_record
from offramp.history.sources.addresses import Address, shipped
from offramp.history.sources.download import Ways, download
from offramp.history.sources.registry import SOURCES, Sources, read_sources
from offramp.history.sources.text import SUFFIXES
from offramp.history.vocabulary import CUT

MANIFEST = "manifest.json"
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Assembled:
    """The record in memory. `manifest` is what goes into manifest.json, without the checksums of the tables."""

    spells: pl.DataFrame
    panel: pl.DataFrame
    manifest: dict[str, object]


def assemble(
    sources: Sources,
    cut: dt.date | None = None,
    table: Mapping[str, Address] | None = None,
    fetched: bool = False,
    progress: Progress = lambda step: None,
) -> Assembled:
    """Spells and panel from checked sources.

    Args:
        cut: Nothing later is used: spells running on that day are censored, outcomes are empty where their window runs
            past it. None is the record's own cut, or the last day of Archigos where that is earlier.
        table: Addresses, for versions, licences and citations.
        fetched: Whether the files came from those addresses, so that they are those versions.

    Raises:
        InputError: A code of no known state, or a cut that the sources do not reach.
    """
    last = sources.parsed["archigos"].frame["enddate"].max()
    assert isinstance(last, dt.date)
    day = min(last, CUT) if cut is None else cut
    if day < dt.date(1950, 1, 31):
        raise InputError(f"--cut {day}: the panel begins in December 1949; choose a day from 1950-01-31 on")
    progress("Coups, disputes, regimes and elections")
    events = read_events(sources, day)
    progress("Leader spells")
    spells, corrections = assemble_spells(sources, day, events.cline, events.colpus, events.regimes)
    panel, left_out = assemble_panel(sources, spells, events, day, progress)
    manifest: dict[str, object] = {
        "what": "leader spells and leader-months assembled by offramp history update; see docs/history-data.md",
        "offramp": __version__,
        "cut": day.isoformat(),
        "rows": {"spells": spells.height, "panel": panel.height},
        "sources": _describe(sources, table or shipped(), fetched),
        "absent": list(sources.absent),
        "corrections": corrections,
        "leader_months_left_out": left_out,
        "covariates": [asdict(covariate) for covariate in COVARIATES],
    }
    return Assembled(spells.select(SPELL_COLUMNS), panel, manifest)


def _describe(sources: Sources, table: Mapping[str, Address], fetched: bool) -> dict[str, object]:
    described: dict[str, object] = {}
    for name, parsed in sources.parsed.items():
        row = table.get(name)
        version = "not stated"
        if row is not None and (fetched or row.version in parsed.path.name):
            version = row.version
        described[name] = {
            "title": parsed.source.title,
            "file": parsed.path.name,
            "version": version,
            "sha256": parsed.sha256,
            "licence": row.licence if row else "not stated",
            "citation": row.citation if row else "not stated",
            "url": row.url if row and fetched else None,
            "encoding": parsed.encoding,
            "rows": parsed.rows,
            "dropped": dict(sorted(parsed.dropped.items())),
            "columns_passed_over": len(parsed.passed_over),
        }
    return described


def write(assembled: Assembled, out: Path, *, force: bool = False) -> dict[str, object]:
    """Write both tables and manifest.json into `out`; returns the manifest with the tables' checksums.

    Everything is written beside and put in place at the end: an interruption leaves what was there before.

    Raises:
        InputError: `out` holds tables that were not made here (and `force` is not given), or cannot be written.
    """
    if (out / SPELLS).exists() and not (out / MANIFEST).exists() and not force:
        raise InputError(f"{out}: holds a {SPELLS} that was not made here; choose another --out, or give --force")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    except OSError as error:
        raise InputError(f"{out}: cannot be written ({error.strerror})") from error
    try:
        assembled.spells.write_parquet(temporary / SPELLS)
        assembled.panel.write_parquet(temporary / PANEL)
        manifest = assembled.manifest | {"sha256": {name: file_sha256(temporary / name) for name in (SPELLS, PANEL)}}
        text = json.dumps(manifest, indent=1, ensure_ascii=False, default=str) + "\n"
        (temporary / MANIFEST).write_text(text, encoding="utf-8")
        if dt.date.fromisoformat(str(manifest["cut"])) <= CUT:
            read_record(temporary)  # what is written must be what is read
        temporary.chmod(0o755)
        if out.exists():
            for name in (SPELLS, PANEL, MANIFEST):
                (temporary / name).replace(out / name)
        else:
            temporary.replace(out)
    except OSError as error:
        raise InputError(f"{out}: cannot be written ({error.strerror or error})") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return manifest


def update(
    folder: Path | None,
    out: Path,
    cut: dt.date | None = None,
    *,
    table: Mapping[str, Address] | None = None,
    cache: Path | None = None,
    ways: Ways | None = None,
    force: bool = False,
    progress: Progress = lambda step: None,
) -> dict[str, object]:
    """The whole of `offramp history update`: read (or fetch), assemble, write; returns the manifest.

    Args:
        folder: Source files; None fetches those that have an address into `cache` and reads them there.
        table: Addresses; the shipped ones by default.
        cache: Where fetched files are kept, and where files that have no address are looked for.
        ways: How to fetch; for tests.

    Raises:
        InputError: As `read_sources`, `download`, `assemble` and `write`.
    """
    rows = dict(table) if table is not None else shipped()
    source_folder = folder
    if source_folder is None:
        if cache is None:
            raise InputError("update: neither a folder of source files nor one to keep fetched files in was given")
        fetch_all(rows, cache, ways, progress)
        source_folder = cache
    sources = read_sources(source_folder, progress)
    assembled = assemble(sources, cut, rows, folder is None, progress)
    progress("Writing")
    return write(assembled, out, force=force)


def fetch_all(
    table: Mapping[str, Address], cache: Path, ways: Ways | None = None, progress: Progress = lambda step: None
) -> None:
    """Fetch every source that has an address and is not in `cache` yet.

    Raises:
        InputError: A fetch failed, or sources that are needed have no address and are not in `cache`: all are
        named, with the page to look at and the form to save.
    """
    by_hand = []
    for name, row in table.items():
        needed = not any(source.optional for source in SOURCES if source.name == name)
        if row.url is None and needed and not _kept(name, cache):
            by_hand.append(f"{name}: {row.form or 'the table'} from {row.page or 'its maker'}, as {row.file}")
    if by_hand:
        listed = "\n  ".join(by_hand)
        raise InputError(
            f"{len(by_hand)} source(s) that are needed lie under no fixed address. Save them into {cache} and run this "
            f"again, or give a folder with --from:\n  {listed}"
        )
    for row in table.values():
        if row.url is not None:
            download(row, cache, ways, progress)


def _kept(name: str, cache: Path) -> bool:
    """Whether a file of the source lies in the folder already."""
    stems = tuple(stem for source in SOURCES if source.name == name for stem in source.stems)
    files = cache.iterdir() if cache.is_dir() else ()
    return any(path.name.lower().startswith(stems) and path.name.lower().endswith(SUFFIXES) for path in files)
