"""Child processes that end with their parent, and the private folders that they use."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from aurora_site.servers.errors import ServerError

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def spawn(
    argv: Sequence[str],
    *,
    log: Path,
    death_signal: signal.Signals,
    uid: int | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, so that Ctrl-C reaches us alone and we end all in order.

    When we die, even by kill -9, Linux sends it `death_signal`. That is bound to the thread which spawned: call this
    from the main thread. Output is appended to `log`. `uid` is taken on only by root.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=cwd,
            env=env,
            start_new_session=True,
            preexec_fn=_dies_with_parent(death_signal),  # noqa: PLW1509 - only calls prctl
            **as_user(uid),
        )


def as_user(uid: int | None) -> dict[str, Any]:
    """The arguments of `subprocess` that drop root's rights for good; none where there are none to drop."""
    if uid is None or os.geteuid() != 0 or uid == 0:
        return {}
    return {"user": uid, "group": uid, "extra_groups": []}


def _dies_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    parent = os.getpid()

    def set_death_signal() -> None:
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)  # the parent died before the kernel knew

    return set_death_signal


def end(process: subprocess.Popen[bytes], how: signal.Signals, *, seconds: float) -> None:
    """Ask with `how`, wait, then kill."""
    if process.poll() is not None:
        return
    process.send_signal(how)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def private_folder(path: Path, *, owner: int) -> None:
    """Make a folder that only `owner` (and root) can enter, or make sure that it is one."""
    try:
        path.mkdir(mode=0o700, parents=True)
        if os.geteuid() == 0:
            os.chown(path, owner, owner)
    except FileExistsError:
        _check_private(path, owner)
    except OSError as error:
        raise ServerError(f"{path} cannot be made ({error.strerror}): let AURORA_VAR name your own folder.") from error


def _check_private(path: Path, owner: int) -> None:
    # lstat: in /tmp a stranger could have put a link there.
    found = path.lstat()
    if found.st_uid != owner or not path.is_dir() or path.is_symlink():
        raise ServerError(
            f"{path} belongs to user id {found.st_uid}, not {owner}: run as the user who ran Aurora first, "
            "delete that folder, or let AURORA_VAR name another one."
        )
    if found.st_mode & 0o077:
        path.chmod(0o700)


def last_line(log: Path) -> str:
    """The last line that says something, for an error message."""
    if not log.exists():
        return ""
    lines = [line.strip() for line in log.read_text(errors="replace")[-4000:].splitlines() if line.strip()]
    return lines[-1] if lines else ""
