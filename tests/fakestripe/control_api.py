"""What tests turn: the clock, the webhooks, banks that dispute, a dashboard that refunds."""

from collections.abc import Callable
from typing import Any

from tests.fakestripe import clock, paying, refunds, webhooks
from tests.fakestripe.shapes import Obj
from tests.fakestripe.store import Store, public
from tests.fakestripe.wire import Refused

Act = Callable[[Store, Obj], Any]


def _clock(store: Store, sent: Obj) -> Obj:
    if "freeze" in sent:
        store.frozen = store.now() if sent["freeze"] is True else sent["freeze"] or None
    if "to" in sent or "advance" in sent:
        clock.advance(store, seconds=int(sent.get("advance", 0)), to=sent.get("to"))
    return {"now": store.now(), "frozen": store.frozen is not None}


def _webhooks(store: Store, sent: Obj) -> Obj:
    if "mode" in sent:
        name = sent.pop("mode")
        if name not in webhooks.MODES:
            raise Refused(f"{name} is none of {', '.join(webhooks.MODES)}.")
        webhooks.set_mode(store, name, **sent)
    return {"mode": store.mode, "pending": store.deliveries}


def _dispute(store: Store, sent: Obj) -> Obj:
    charge = refunds.charge_of(store, sent["payment_intent"])
    return refunds.dispute(store, charge, amount=sent.get("amount"), reason=sent.get("reason", "fraudulent"))


def _close(store: Store, sent: Obj) -> Obj:
    return refunds.close(store, store.get("dispute", sent["dispute"]), won=sent["won"])


def _refund(store: Store, sent: Obj) -> Obj:
    return refunds.give_back(store, refunds.charge_of(store, sent["payment_intent"]), sent.get("amount"))


def _fail_refund(store: Store, sent: Obj) -> Obj:
    return refunds.fail(store, store.get("refund", sent["refund"]))


def _settle(store: Store, sent: Obj) -> Obj:
    return paying.settle(store, store.get("checkout.session", sent["session"]), paid=sent["paid"])


def _settings(store: Store, sent: Obj) -> Obj:
    store.after_dunning = sent.get("after_dunning", store.after_dunning)
    store.delay = sent.get("delay", store.delay)
    store.slow_payments = sent.get("slow_payments", store.slow_payments)
    return {"after_dunning": store.after_dunning, "delay": store.delay, "slow_payments": store.slow_payments}


def _reset(store: Store, sent: Obj) -> Obj:
    store.reset()
    return {}


def _state(store: Store, sent: Obj) -> Obj:
    return {kind: len(found) for kind, found in store.objects.items()} | {"pending": len(store.deliveries)}


ACTS: dict[str, Act] = {
    "clock": _clock, "webhooks": _webhooks, "dispute": _dispute, "close_dispute": _close, "refund": _refund,
    "fail_refund": _fail_refund, "settle": _settle,
    "settings": _settings, "reset": _reset, "state": _state,
}  # fmt: skip


def answer(store: Store, name: str, sent: Obj, secret: str) -> Any:
    """None where there is no such thing to turn."""
    if name == "take":
        return _take(store, sent, secret)
    if name == "deliver":
        return {}
    try:
        return public(ACTS[name](store, sent)) if name in ACTS else None
    except Refused as problem:
        return {"error": problem.body}


def _take(store: Store, sent: Obj, secret: str) -> list[Obj]:
    """The letters that are due (with `all` the held and late ones too), signed, and taken off the queue: the caller
    brings them."""
    found = webhooks.due(store, all=bool(sent.get("all")))
    letters = [webhooks.letter(store, one, sent.get("secret") or secret) for one in found]
    for one in found:
        webhooks.arrived(store, one)
    return letters
