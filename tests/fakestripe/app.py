"""The server: the API, the control API, the hosted pages, and what happens beside them as time goes by."""

import asyncio
import contextlib
import hmac
import http.client
import traceback
import urllib.request
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakestripe import (  # noqa: F401  (the families register their routes)
    api,
    catalog,
    changes,
    checkout,
    clock,
    control_api,
    customers,
    events,
    invoice_api,
    invoice_page,
    invoices,
    lifecycle,
    methods,
    pages,
    payments,
    portal,
    portal_page,
    refunds,
    subscriptions,
    webhooks,
)
from tests.fakestripe.shapes import Obj
from tests.fakestripe.store import Store

TICK = 0.1
"""Seconds between looks at what is due and what is to be sent."""


@dataclass
class Server:
    """`key`: the one secret key that is accepted; empty: any that begins with sk_test_."""

    store: Store
    key: str = ""
    webhook: str = ""
    secret: str = ""
    busy: set[str] = field(default_factory=set)
    sending: asyncio.Lock = field(default_factory=asyncio.Lock)

    def allows(self, request: Request) -> bool:
        said = request.headers.get("authorization", "")
        given = said.removeprefix("Bearer ")
        if self.key:
            return hmac.compare_digest(given.encode(), self.key.encode())
        return given.startswith(("sk_test_", "rk_test_"))

    async def api(self, request: Request) -> Response:
        if not self.allows(request):
            return _error(401, "Invalid API Key provided.")
        key = request.headers.get("idempotency-key", "")
        if key and key in self.busy:
            return _error(409, "There is currently another in-progress request using this Idempotent Key.",
                          "idempotency_error")  # fmt: skip
        self.busy.add(key)
        try:
            body = (await request.body()).decode()
            # A slow answer, for tests of what happens meanwhile.
            await asyncio.sleep(self.store.delay)
            found = api.answer(
                self.store, request.method, request.url.path, request.url.query, body, dict(request.headers)
            )  # fmt: skip
            self.store.save()
        except Exception:
            # Whoever builds on the fake reads what went wrong in its log; the caller is told as Stripe would.
            traceback.print_exc()
            return _error(500, "The fake does not work.", "api_error")
        finally:
            self.busy.discard(key)
        return JSONResponse(found.body, found.status, headers=found.headers)

    async def control(self, request: Request) -> Response:
        if not self.allows(request):
            return _error(401, "The control API asks for the secret key, as the API does.")
        name = request.path_params["name"]
        sent = await request.json() if await request.body() else {}
        said = control_api.answer(self.store, name, sent, self.secret)
        if name == "deliver":
            said = {"sent": await self.deliver(all=True)}
        self.store.save()
        return JSONResponse(said, 404 if said is None else 200)

    async def deliver(self, *, all: bool = False) -> int:
        """Send what is due; returns how many were taken."""
        taken = 0
        async with self.sending:
            for one in webhooks.due(self.store, all=all) if self.webhook else ():
                # It may have been taken, or all forgotten, while another one was on its way.
                if one in self.store.deliveries:
                    taken += await self._send(one, webhooks.letter(self.store, one, self.secret))
        return taken

    async def _send(self, one: Obj, letter: Obj) -> bool:
        said = await asyncio.to_thread(_post, self.webhook, letter)
        if said:
            webhooks.failed(self.store, one, said)
        else:
            webhooks.arrived(self.store, one)
        return not said

    async def run(self) -> None:
        """As time goes by: subscriptions renew, sessions expire, webhooks are sent."""
        while True:
            await asyncio.sleep(TICK)
            try:
                await self._tend()
            except Exception:
                traceback.print_exc()

    async def _tend(self) -> None:
        before = len(self.store.objects["event"])
        clock.catch_up(self.store)
        sent = await self.deliver()
        if sent or len(self.store.objects["event"]) != before:
            self.store.save()


def _post(url: str, letter: Obj) -> str:
    """Bring one webhook; returns what went wrong, or ""."""
    headers = {"Stripe-Signature": letter["signature"], "Content-Type": "application/json; charset=utf-8",
               "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)"}  # fmt: skip
    request = urllib.request.Request(url, letter["body"].encode(), headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=8) as answer:
            return "" if 200 <= answer.status < 300 else f"HTTP {answer.status}"
    except (OSError, http.client.HTTPException) as problem:
        return str(problem) or type(problem).__name__


def _error(status: int, message: str, type: str = "invalid_request_error") -> Response:
    return JSONResponse({"error": {"type": type, "message": message}}, status)


def build(*, url: str, key: str = "", webhook: str = "", secret: str = "", file: Path | None = None) -> Starlette:
    """`url`: the address that browsers open the hosted pages at."""
    server = Server(Store(url=url, file=file), key, webhook, secret)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        beside = asyncio.create_task(server.run())
        yield
        beside.cancel()
        server.store.save()

    app = Starlette(
        routes=[
            Route("/v1/{path:path}", server.api, methods=["GET", "POST", "DELETE"]),
            Route("/_fake/{name}", server.control, methods=["GET", "POST"]),
            *pages.routes(server.store),
            *invoice_page.routes(server.store),
            *portal_page.routes(server.store),
        ],
        lifespan=lifespan,
    )
    app.state.server = server
    return app
