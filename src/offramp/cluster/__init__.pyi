from .connect import ClusterError, describe, open
from .engine import Part, run
from .folder import Folder, manifest, table
from .spreading import Done, spread

__all__ = ["ClusterError", "Done", "Folder", "Part", "describe", "manifest", "open", "run", "spread", "table"]
