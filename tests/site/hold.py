"""Run as a program: holds embedded servers until standard input ends, as a supervisor that a test can kill."""

import json
import sys
from pathlib import Path

from aurora_site.servers import Servers

with Servers(Path(sys.argv[1])) as servers:
    print(
        json.dumps({name: server.process.pid for name, server in servers.running.items() if server.process}), flush=True
    )
    sys.stdin.read()
