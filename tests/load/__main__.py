"""python -m tests.load [seconds] [users] [streams]: what one web process bears, as numbers.

Runs against a site of its own on this machine, and ends by itself. `make load` is the same.
"""

import subprocess
import sys

from tests.live import ROOT
from tests.load.site import LoadSite, started


def main() -> int:
    seconds, users, streams = (int(given) for given in [*sys.argv[1:], *("20", "16", "2000")[len(sys.argv) - 1 :]])
    with started() as site:
        for kind, keys in (("draw", site.many), ("draw", site.keys[:1]), ("poll", site.many)):
            sys.stdout.write(f"{kind}, {len(keys)} workspaces, ")
            _tell(site, "posts", kind, str(seconds), str(users), *keys)
        _tell(site, "streams", str(site.web.pid), str(site.worker.pid), str(streams))
    return 0


def _tell(site: LoadSite, program: str, *args: str) -> None:
    """Measured by a process of its own, as locust replaces the sockets of the one it runs in."""
    command = [sys.executable, "-m", f"tests.load.{program}", site.url, *args]
    done = subprocess.run(command, cwd=ROOT, env=site.env, check=True, stdout=subprocess.PIPE, text=True)
    sys.stdout.write(f"{program}: {done.stdout.splitlines()[-1]}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
