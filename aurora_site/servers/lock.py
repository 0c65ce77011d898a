"""One supervisor for each folder."""

import fcntl
import os
from pathlib import Path
from typing import IO

from aurora_site.servers.errors import ServerError


def take(var: Path) -> IO[str]:
    """Hold the folder until the returned file is closed or this process ends. Raises ServerError when it is taken."""
    try:
        # Pictures, mail and logs of all users are in it.
        var.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = (var / "up.lock").open("a+")
    except OSError as error:
        raise ServerError(f"{var} cannot be written ({error.strerror}): run as its owner or set AURORA_VAR.") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise ServerError(
            f"Aurora already runs from {var} (process {holder}): "
            "stop that one first, or set AURORA_VAR to another folder."
        ) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file
