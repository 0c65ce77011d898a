"""All that the fake knows: objects by kind, the clock, events and the webhooks that are still to be sent."""

import copy
import json
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import stripe

from tests.fakestripe.shapes import Obj, fields, shape
from tests.fakestripe.wire import missing

KINDS: dict[str, tuple[type, str]] = {
    "customer": (stripe.Customer, "cus"),
    "tax_id": (stripe.TaxId, "txi"),
    "product": (stripe.Product, "prod"),
    "price": (stripe.Price, "price"),
    "checkout.session": (stripe.checkout.Session, "cs_test"),
    "billing_portal.session": (stripe.billing_portal.Session, "bps"),
    "billing_portal.configuration": (stripe.billing_portal.Configuration, "bpc"),
    "subscription": (stripe.Subscription, "sub"),
    "invoice": (stripe.Invoice, "in"),
    "invoiceitem": (stripe.InvoiceItem, "ii"),
    "invoice_payment": (stripe.InvoicePayment, "inpay"),
    "payment_intent": (stripe.PaymentIntent, "pi"),
    "setup_intent": (stripe.SetupIntent, "seti"),
    "payment_method": (stripe.PaymentMethod, "pm"),
    "charge": (stripe.Charge, "ch"),
    "refund": (stripe.Refund, "re"),
    "dispute": (stripe.Dispute, "du"),
    "event": (stripe.Event, "evt"),
}
KIND_OF = {prefix: kind for kind, (_, prefix) in KINDS.items()}
"""The kind that an id is of, by what it begins with."""
DAY = 86_400
EVENTS_KEPT = 400 * DAY
"""Longer than Stripe's 30 days, so that a simulated year can be looked at as a whole."""


def new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"


def public(value: Any) -> Any:
    """As the API sends it: without the fake's own notes."""
    if isinstance(value, dict):
        return {name: public(inner) for name, inner in value.items() if not name.startswith("_")}
    return [public(inner) for inner in value] if isinstance(value, list) else value


def page(data: list[Obj], url: str, *, has_more: bool = False) -> Obj:
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


class Store:
    """`file`: where the state is kept over a restart; `url`: the address that hosted pages are opened at."""

    def __init__(self, *, url: str = "", file: Path | None = None) -> None:
        self.url = url
        self.file = file
        self.request: Obj = {"id": None, "idempotency_key": None}
        self.reset()
        if file and file.exists():
            self._load(file)

    def reset(self) -> None:
        self.objects: dict[str, dict[str, Obj]] = {kind: {} for kind in KINDS}
        self.answers: dict[str, Obj] = {}
        self.deliveries: list[Obj] = []
        self.mode: Obj = {"name": "normal"}
        self.after_dunning = "cancel"
        self.slow_payments = False
        self.counts: dict[str, int] = {}
        self.offset = 0
        self.frozen: int | None = None
        self._moment: int | None = None
        self.delay = 0.0

    # --- the clock ---------------------------------------------------------------------------------------------------

    def now(self) -> int:
        if self._moment is not None:
            return self._moment
        return self.frozen if self.frozen is not None else int(time.time()) + self.offset

    def at(self, moment: int | None) -> None:
        """Let it be this moment while what was due then is done; None: the clock's own time again."""
        self._moment = moment

    # --- objects -----------------------------------------------------------------------------------------------------

    def create(self, kind: str, *, event: str = "", **values: Any) -> Obj:
        cls, prefix = KINDS[kind]
        common = {"id": new_id(prefix), "object": kind, "created": self.now(), "livemode": False}
        declared = fields(cls)
        made = shape(cls, **{name: value for name, value in common.items() if name in declared} | values)
        self.objects[kind][made["id"]] = made
        if event:
            self.emit(event, made)
        return made

    def get(self, kind: str, id: str | None, param: str = "id") -> Obj:
        if found := self.objects[kind].get(id or ""):
            return found
        raise missing(kind, id or "", param)

    def find(self, id: str) -> Obj | None:
        """Any object, by an id alone."""
        kind = KIND_OF.get(id.rpartition("_")[0])
        return self.objects[kind].get(id) if kind else None

    def all(self, kind: str, **values: Any) -> Iterator[Obj]:
        """From old to new, those that have the values."""
        for found in list(self.objects[kind].values()):
            if all(found.get(name) == value for name, value in values.items()):
                yield found

    def change(self, obj: Obj, event: str = "", **values: Any) -> Obj:
        """Write the values; the event says what they were before, and is none where nothing was changed."""
        before = {name: copy.deepcopy(obj.get(name)) for name, value in values.items() if obj.get(name) != value}
        obj.update(values)
        if event and public(before):
            self.emit(event, obj, previous=public(before) if event.endswith(".updated") else None)
        return obj

    # --- events ------------------------------------------------------------------------------------------------------

    def emit(self, type: str, obj: Obj, *, previous: Obj | None = None) -> Obj:
        from tests.fakestripe import webhooks

        data: Obj = {"object": copy.deepcopy(public(obj))}
        if previous is not None:
            data["previous_attributes"] = previous
        event = self.create(
            "event", type=type, api_version=stripe.api_version, data=data, pending_webhooks=0,
            request=dict(self.request),
        )  # fmt: skip
        webhooks.queue(self, event)
        return event

    def count(self, name: str) -> int:
        self.counts[name] = self.counts.get(name, 0) + 1
        return self.counts[name]

    # --- keeping -----------------------------------------------------------------------------------------------------

    def _load(self, file: Path) -> None:
        """What cannot be read is laid aside: a fake that does not start would keep the site from starting."""
        try:
            kept = json.loads(file.read_text())
            kept["objects"] = {kind: kept["objects"].get(kind, {}) for kind in KINDS}
        except (ValueError, KeyError, AttributeError):
            file.replace(file.with_suffix(".broken"))
            return
        vars(self).update(kept)

    def save(self) -> None:
        """Whole or not at all: a process that is killed leaves the old file or the new one."""
        if not self.file:
            return
        events, eldest = self.objects["event"], self.now() - EVENTS_KEPT
        for old in [name for name, event in events.items() if event["created"] < eldest]:
            del events[old]
        kept = (
            "objects",
            "answers",
            "deliveries",
            "mode",
            "after_dunning",
            "slow_payments",
            "counts",
            "offset",
            "frozen",
        )
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps({name: getattr(self, name) for name in kept}))
        new.chmod(0o600)
        new.replace(self.file)
