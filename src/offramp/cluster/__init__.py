"""Work spread over processes and machines by dask.distributed; nothing of our own schedules anything.

`open` gives a client for `--cluster ADDRESS|local[:N]`, or None for serial work. `run` cuts items into parts, has each
computed by one worker, and keeps the parts as Parquet in a folder with a manifest, from which a second run goes on;
`table` reads such a folder. `spread` is the layer below, for commands that keep results in files of their own: results
come back as they are ready, or in order. Without a client all of them run the same code in this process.

A task is a function that pickle can find by its name (or a partial of one). It is given items and gives rows; what it
gives must depend on the items alone, since a part whose worker was lost is computed again elsewhere.

Nothing heavy is imported until a name is asked for. How to use it on one machine and on a cluster: docs/scale.md.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
