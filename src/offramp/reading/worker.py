"""Reading in a process of its own, so that the language model loads while the caller loads its solver.

`start` begins, `Job.result` waits. A plain child process over pipes: it needs no import guard in the caller's script,
and it dies with the caller. `python -m offramp.reading.worker` is the child; it is no command for people.
"""

from __future__ import annotations

import base64
import io
import json
import select
import signal
import subprocess
import sys
from collections.abc import Sequence
from types import TracebackType

from offramp import errors
from offramp.reading.evidence import Reading


class Job:
    """A reading under way. Use as a context manager: leaving it early ends the child."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def __enter__(self) -> Job:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def ready(self) -> bool:
        """Whether the reading is done, or has failed, so that `result` need not wait."""
        out = self._process.stdout
        return out is None or bool(select.select([out], [], [], 0)[0])

    def result(self) -> Reading:
        """Waits for the reading. Raises the `OfframpError` that reading raised."""
        out, err = self._process.communicate()
        if self._process.returncode:
            trace = err.decode(errors="replace").strip()[-2000:]
            raise errors.OfframpError(f"the reader ended with status {self._process.returncode}: {trace}")
        answer = json.loads(out)
        if "error" in answer:
            raise getattr(errors, answer["error"])(answer["message"])
        return Reading.model_validate(answer["reading"])


def start(sources: Sequence[str], stdin: bytes | None = None) -> Job:
    """Starts reading `sources`; `stdin` is what '-' stands for."""
    process = subprocess.Popen(
        [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    request = {"sources": list(sources), "stdin": base64.b64encode(stdin).decode() if stdin is not None else None}
    if process.stdin is not None:
        process.stdin.write(json.dumps(request).encode())
        process.stdin.close()
        process.stdin = None
    return Job(process)


def _answer(request: dict[str, object]) -> dict[str, object]:
    from offramp.reading.reader import read_reports

    raw = request["stdin"]
    stdin = io.BytesIO(base64.b64decode(str(raw))) if raw is not None else None
    sources = request["sources"]
    try:
        reading = read_reports([str(s) for s in sources] if isinstance(sources, list) else [], stdin=stdin)
    except errors.OfframpError as error:
        known = next(kind for kind in type(error).__mro__ if kind.__module__ == errors.__name__)
        return {"error": known.__name__, "message": str(error)}
    return {"reading": reading.model_dump(mode="json")}


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    answer = _answer(json.load(sys.stdin.buffer))
    sys.stdout.buffer.write(json.dumps(answer).encode())
