"""Builds the fused step for the processor it runs on, once: what is built lies in a folder by what it was made of."""

import hashlib
import os
import platform
import sys
import tempfile
from pathlib import Path

SOURCES = ("step.cpp", "matrix.h", "lanes.h", "crew.h")
FLAGS = ["-O3", "-march=native", "-std=c++20", "-pthread"]


class NotBuilt(Exception):
    """There is no compiler, or it did not like the source; the message says what it said."""


def library(folder: Path) -> Path:
    """The shared library in `folder`, built there if it is not yet. Takes seconds the first time. Raises NotBuilt."""
    here = Path(__file__).parent
    made_of = [*(here.joinpath(name).read_bytes() for name in SOURCES), " ".join(FLAGS).encode(), _processor()]
    built = folder / f"step-{hashlib.sha256(b'/'.join(made_of)).hexdigest()[:16]}.so"
    if not built.exists():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # Beside, then renamed: two that build at once, or one that is killed, leave a whole file or none.
            with tempfile.TemporaryDirectory(dir=folder) as beside:
                _compile(here / SOURCES[0], Path(beside))
                # A second build in one process has a number in its name.
                next(Path(beside).glob("step*.so")).replace(built)
        except (RuntimeError, OSError, ImportError, StopIteration) as error:
            raise NotBuilt(str(error).strip().splitlines()[0]) from error
    return built


def _compile(source: Path, folder: Path) -> None:
    # It looks for a compiler and for setuptools, so only those who build import it.
    from torch.utils import cpp_extension

    path = os.environ.get("PATH", os.defpath)
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{path}"  # ninja lies beside this Python
    try:
        cpp_extension.load("step", [str(source)], FLAGS, build_directory=str(folder), is_python_module=False)
    finally:
        os.environ["PATH"] = path


def _processor() -> bytes:
    """What `-march=native` depends on: a folder may be shared by machines of several kinds."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor().encode()
    told = {line for line in lines if line.startswith(("model name", "flags", "Features"))}
    return "".join(sorted(told)).encode()
