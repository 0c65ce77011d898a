"""python -m tests.load.schema [cases of each route]: the served schema, tried at length."""

import sys
import time

from tests.load import fuzz
from tests.load.site import started


def main() -> int:
    each = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    with started() as site:
        owner, member, stranger = site.keys
        hidden = tuple(site.hidden)
        people = [
            fuzz.Person("owner", owner),
            fuzz.Person("member", member),
            fuzz.Person("stranger", stranger, hidden),
            fuzz.Person("nobody", None, hidden),
        ]
        began = time.monotonic()
        report = fuzz.run(url=site.url, people=people, each=each, things=[site.hidden[0]], start=int(time.time()))
        sys.stdout.write(f"{report}\n{time.monotonic() - began:.0f} s\n")
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
