"""Which code, model and libraries this process runs: read from files, as no torch is loaded here."""

import hashlib
import platform
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from django.conf import settings

from generation.services import workers

SHIPPED = Path(__file__).resolve().parent.parent / "aurora" / "weights"
LARGEST = 1_000_000_000
"""Weights beyond so many bytes would take seconds to read."""
NAME = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==", re.MULTILINE)
COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Weights:
    """`digest` is the SHA-256 over all files in the order of their names; empty for those too large to read here."""

    folder: str
    files: int
    bytes: int
    digest: str


def commit() -> str:
    """The commit of the checkout; empty where this is none."""
    root = settings.BASE_DIR / ".git"
    try:
        if root.is_file():
            root = (settings.BASE_DIR / root.read_text().removeprefix("gitdir:").strip()).resolve()
        head = (root / "HEAD").read_text().strip()
        found = _ref(root, head.removeprefix("ref:").strip()) if head.startswith("ref:") else head
    except OSError:
        return ""
    return found if COMMIT.fullmatch(found) else ""


def _ref(root: Path, name: str) -> str:
    common = root / "commondir"
    places = [root, (root / common.read_text().strip()).resolve()] if common.exists() else [root]
    for place in places:
        if (place / name).exists():
            return (place / name).read_text().strip()
        packed = place / "packed-refs"
        for line in packed.read_text().splitlines() if packed.exists() else ():
            if line.endswith(f" {name}"):
                return line.partition(" ")[0]
    return ""


def weights() -> Weights | None:
    """What the model worker loads; None where nothing is there."""
    kind, _, folder = settings.AURORA_MODEL.partition(":")
    place = Path(folder).expanduser() if folder else settings.AURORA_WEIGHTS or SHIPPED
    files = sorted(place.glob("*.safetensors")) if place.is_dir() else []
    if not files:
        return None
    stamp = tuple((path, path.stat().st_size, path.stat().st_mtime_ns) for path in files)
    size = sum(one[1] for one in stamp)
    return Weights(f"{kind}, {place.name}", len(files), size, _digest(stamp) if size <= LARGEST else "")


@lru_cache(maxsize=4)
def _digest(stamp: tuple[tuple[Path, int, int], ...]) -> str:
    found = hashlib.sha256()
    for path, _, _ in stamp:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                found.update(block)
    return found.hexdigest()


@lru_cache(maxsize=1)
def packages() -> tuple[tuple[str, str, str, bool], ...]:
    """(name, version here, version pinned, whether they differ) of each library; "–" for one that is not installed."""
    text = (settings.BASE_DIR / "requirements.txt").read_text()
    pinned = {match[1]: text[match.end() :].split(None, 1)[0] for match in NAME.finditer(text)}
    return tuple((name, here := _version(name), pin, _differs(here, pin)) for name, pin in pinned.items())


def _differs(here: str, pinned: str) -> bool:
    """A build for some processor, as 2.13.0+cpu, is the same version."""
    return here != "–" and here.partition("+")[0] != pinned


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "–"


def python() -> str:
    return f"{platform.python_implementation()} {platform.python_version()}"


def models() -> list[str]:
    """What the workers that are alive say they draw with. Raises valkey.Unavailable."""
    return sorted({worker.model for worker in workers.live_workers()})
