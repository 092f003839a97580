"""Reading: from a report's bytes to evidence that points at its characters.

Imports nothing of ours but `codes`, `fetch` and `errors`. Types live in `reading.evidence`;
`reading.reader` is the way in.
Heavy libraries (spaCy, trafilatura) are imported by the modules that use them, never here.
"""
