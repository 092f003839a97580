"""Evidence of waiting reports, read ahead on the workers of a cluster.

Reading takes most of the time that a report takes, and needs nothing but the report. So reports are read side by side,
and handed over with their evidence in the order in which they came; what follows (placing, forecasts) is the watcher's,
and is the same as without a cluster. Standard input is not read ahead: its next report may be hours away.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

from offramp import cluster
from offramp.errors import InputError
from offramp.watch.desk import Desk, evidence_in
from offramp.watch.sources import Found, Item, Source

if TYPE_CHECKING:
    from distributed import Client

    from offramp.reading.evidence import Evidence


def ahead(client: Client | None, source: Source, desk: Desk) -> Generator[tuple[Found, Evidence | str | None]]:
    """What a source holds, in its order, each with its evidence, why it cannot be read, or None where it was not read.

    A report that takes its workers down, one after another, comes as one that cannot be read.

    Raises:
        InputError: The source cannot be read any further; what came before was handed over.
        ClusterError: The cluster went away.
    """
    if client is None or source.once:
        for found in source.items():
            yield found, None
        return
    taken: dict[str, Item] = {}
    broken: list[InputError] = []

    def waiting() -> Iterator[tuple[Found, bool]]:
        try:
            for found in source.items():
                if isinstance(found, Item):
                    taken[found.key] = found
                yield found, isinstance(found, Item) and not desk.seen(found)
        except InputError as error:
            broken.append(error)

    try:
        for done in cluster.spread(client, _read, waiting(), ordered=True):
            found = done.item[0]
            if isinstance(found, Item):
                taken.pop(found.key, None)
            if isinstance(done.error, cluster.ClusterError):
                yield found, f"cannot be read: {done.error}"
            else:  # another error is raised again where the report is read without help
                yield found, done.result
    finally:
        for item in taken.values():  # read from its file, and not handed over
            source.forget(item)
    if broken:
        raise broken[0]


def _read(given: tuple[Found, bool]) -> Evidence | str | None:
    found, wanted = given
    return evidence_in(found) if wanted and isinstance(found, Item) else None
