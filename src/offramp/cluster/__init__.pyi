from .connect import ClusterError, cores, describe, open
from .engine import Part, run
from .folder import Folder, manifest, table
from .spreading import Done, spread

__all__ = ["ClusterError", "Done", "Folder", "Part", "cores", "describe", "manifest", "open", "run", "spread", "table"]
