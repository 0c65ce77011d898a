"""`python -m tests.fakestripe --port 8001`: the fake as a process of its own."""

import argparse
import os
import sys
from pathlib import Path

import uvicorn

from tests.fakestripe.app import build

LIVE = ("sk_live_", "rk_live_")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--url", help="the address that browsers open the hosted pages at")
    parser.add_argument("--state", type=Path, help="a file that keeps the state over a restart")
    parser.add_argument("--webhook", default="", help="where events are sent")
    parser.add_argument("--webhook-secret", default=os.environ.get("STRIPE_WEBHOOK_SECRET", ""))
    given = parser.parse_args()
    key = os.environ.get("STRIPE_SECRET_KEY", "")
    if key.startswith(LIVE):
        sys.exit("STRIPE_SECRET_KEY is a live key: the fake moves no money and does not start beside one. Unset it.")
    app = build(url=given.url or f"http://{given.host}:{given.port}", key=key, webhook=given.webhook,
                secret=given.webhook_secret, file=given.state)  # fmt: skip
    uvicorn.run(app, host=given.host, port=given.port, log_level="warning", access_log=False, server_header=False,
                timeout_graceful_shutdown=2)  # fmt: skip


if __name__ == "__main__":
    main()
