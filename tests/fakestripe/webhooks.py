"""Webhooks: queued when something happens, signed anew at each attempt, disturbed in every way that networks know."""

import json
import random
import time
from typing import Any

import stripe

from tests.fakestripe.shapes import Obj
from tests.fakestripe.store import DAY, Store, public

MODES = ("normal", "hold", "twice", "shuffled", "late", "dropped", "chaos")
PAUSES = (1, 5, 30, 120, 600, 3600, 6 * 3600, 12 * 3600, DAY)
"""Seconds until the next attempt; Stripe itself goes on for about three days."""


def queue(store: Store, event: Obj) -> None:
    """One delivery as a rule; none, two or a late one as the mode says."""
    mode, due, copies = store.mode, store.now(), 1
    chance = random.Random(f"{mode.get('seed', 0)}:{store.count('event')}")
    name = mode["name"]
    if name == "chaos":
        name = chance.choice(("normal", "twice", "late", "dropped"))
    if name == "twice":
        copies = 2
    elif name == "dropped":
        copies = int(chance.random() >= mode.get("share", 1.0)) if mode["name"] == "dropped" else 0
    elif name == "late":
        due += int(mode.get("seconds") or chance.randrange(60, 2 * DAY))
    for _ in range(copies):
        number = store.count("delivery")
        order = chance.random() if mode["name"] in {"shuffled", "chaos"} else 0.0
        store.deliveries.append({
            "id": number, "event": event["id"], "type": event["type"], "due": due, "attempts": 0,
            "held": name == "hold", "order": order, "said": "",
        })  # fmt: skip
    event["pending_webhooks"] = copies


def due(store: Store, *, all: bool = False) -> list[Obj]:
    """What is to be sent now; with `all` what is held back or late too."""
    now = store.now()
    found = [one for one in store.deliveries if all or (not one["held"] and one["due"] <= now)]
    return sorted(found, key=lambda one: (one["order"], one["id"]))


def letter(store: Store, delivery: Obj, secret: str) -> Obj:
    """The body and its signature, made at this moment: the reader refuses what is older than five minutes."""
    body = json.dumps(public(store.objects["event"][delivery["event"]]), indent=2)
    first = secret.split(",", maxsplit=1)[0]
    header = stripe.WebhookSignature.generate_signature_header(body, first, int(time.time()))
    return {"id": delivery["id"], "type": delivery["type"], "body": body, "signature": header}


def arrived(store: Store, delivery: Obj) -> None:
    if delivery in store.deliveries:
        store.deliveries.remove(delivery)
    event = store.objects["event"].get(delivery["event"])
    if event:
        event["pending_webhooks"] = max(0, event["pending_webhooks"] - 1)


def failed(store: Store, delivery: Obj, said: str) -> None:
    """Try again later, and after the last pause give up, as Stripe does."""
    attempts = delivery["attempts"] = delivery["attempts"] + 1
    delivery["said"] = said
    if attempts > len(PAUSES):
        arrived(store, delivery)
        return
    delivery["due"] = store.now() + PAUSES[attempts - 1]


def set_mode(store: Store, name: str, **more: Any) -> None:
    """What is held back is set free by any other mode."""
    store.mode = {"name": name} | more
    if name != "hold":
        for one in store.deliveries:
            one["held"] = False
