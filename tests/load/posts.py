"""python -m tests.load.posts URL draw|poll SECONDS USERS KEYS…: throughput and latency, as JSON."""

import json
import sys

import gevent

# Before all else: it replaces the sockets of the standard library.
from locust.env import Environment

from tests.load.users import Developer, Poller

WARM_UP_SECONDS = 3


def main() -> None:
    url, kind, seconds, users, *keys = sys.argv[1:]
    Developer.host, Developer.keys = url, tuple(keys)
    environment = Environment(user_classes=[{"draw": Developer, "poll": Poller}[kind]])
    runner = environment.create_local_runner()
    runner.start(int(users), spawn_rate=int(users))
    gevent.sleep(WARM_UP_SECONDS)
    environment.stats.reset_all()
    gevent.sleep(int(seconds))
    total = environment.stats.total
    found = {
        "users": int(users),
        "requests": total.num_requests,
        "failures": total.num_failures,
        "per_second": round(total.num_requests / int(seconds), 1),
        **{f"p{share}_ms": total.get_response_time_percentile(share / 100) for share in (50, 95, 99)},
    }
    runner.quit()
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
