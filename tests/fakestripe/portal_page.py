"""The portal as payers see it: their plan, card, invoice address and invoices, each changed by a form of its own."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.fakestripe import catalog, changes, clock, customers, invoices, lifecycle, methods, pages, paying, payments
from tests.fakestripe.items import items
from tests.fakestripe.shapes import Obj
from tests.fakestripe.store import Store
from tests.fakestripe.wire import Params, Refused

Wrong = dict[str, str]


def _features(store: Store, session: Obj) -> Obj:
    found: Obj = store.get("billing_portal.configuration", session["configuration"])["features"]
    return found


def plans(store: Store, features: Obj, one: Obj) -> list[Obj]:
    """The prices that may be switched to: those of the configuration, or the same product in another rhythm."""
    if not features["subscription_update"]["enabled"]:
        return []
    allowed = [ident for one in features["subscription_update"]["products"] or () for ident in one["prices"]]
    same = store.all("price", active=True, product=items(one)[0]["price"]["product"])
    found = [store.get("price", ident) for ident in allowed] or [price for price in same if price["recurring"]]
    return sorted(found, key=lambda price: (catalog.name_of(store, price), price["unit_amount"]))


def _of(store: Store, session: Obj) -> list[Obj]:
    found = store.all("subscription", customer=session["customer"])
    return [one for one in found if one["status"] not in lifecycle.OVER][::-1]


def show(request: Request, store: Store, session: Obj, sent: pages.Fields, wrong: Wrong, done: str = "") -> Response:
    customer, features = store.get("customer", session["customer"]), _features(store, session)
    card = methods.default_of(store, customer, next(iter(_of(store, session)), None))
    past = [one for one in store.all("invoice", customer=customer["id"]) if one["status"] != "draft"][::-1]
    names = {one["id"]: catalog.name_of(store, one) for one in store.all("price")}
    taxes = customers.tax_ids(store, customer)
    return pages.render(
        request, "portal.html", one=session, customer=customer, features=features, card=card, names=names, taxes=taxes,
        subscriptions=[(one, items(one), plans(store, features, one)) for one in _of(store, session)],
        is_late=any(one["status"] in {"past_due", "unpaid"} for one in _of(store, session)),
        invoices=past[:24] if features["invoice_history"]["enabled"] else [], sent=sent, wrong=wrong, done=done,
        leads_to=(session["return_url"], _after(session)), status=400 if wrong else 200,
    )  # fmt: skip


def _after(session: Obj) -> str | None:
    """Where somebody is sent who was here for one thing, and has done it."""
    done = (session["flow"] or {}).get("after_completion") or {}
    return done["redirect"]["return_url"] if done.get("redirect") else None


# --- what can be done -------------------------------------------------------------------------------------------------


def _card(store: Store, session: Obj, sent: pages.Fields) -> Wrong | str | None:
    wrong = pages.card_problems(store, sent)
    if wrong:
        return wrong
    method = pages.card_of(store, sent)
    why = payments.verdict(method, off_session=False, proved=False)
    if why == "ask":
        session["_waiting"] = method["id"]
        return f"{store.url}/authenticate/{session['id']}"
    if why:
        return pages.said(why)
    _keep(store, session, method)
    return None


def _keep(store: Store, session: Obj, method: Obj) -> None:
    customer = store.get("customer", session["customer"])
    methods.set_up(store, method, customer)
    pages.settle_on(store, customer, method)
    for one in _of(store, session):
        _try_again(store, one)


def _try_again(store: Store, one: Obj) -> None:
    """What could not be paid is tried with the new card."""
    for invoice in store.all("invoice", customer=one["customer"], status="open"):
        if invoices.subscription_id(invoice) == one["id"]:
            invoices.collect(store, invoice)


def _proved(store: Store, session: Obj, passed: bool) -> str:
    waiting = session.pop("_waiting", None)
    if waiting and passed:
        _keep(store, session, store.get("payment_method", waiting))
        return _after(session) or f"{session['url']}?done=card"
    session["_problem"] = paying.NOT_PROVED
    return str(session["url"])


pages.PROVED["billing_portal.session"] = _proved


def _subscription(store: Store, session: Obj, sent: pages.Fields) -> Obj:
    found = next((one for one in _of(store, session) if one["id"] == sent.get("subscription")), None)
    if not found:
        raise Refused("This subscription is over.")
    return found


def _cancel(store: Store, session: Obj, sent: pages.Fields) -> None:
    one, feature = _subscription(store, session, sent), _features(store, session)["subscription_cancel"]
    if feature["mode"] == "immediately":
        lifecycle.end(store, one, reason="cancellation_requested")
        return
    store.change(one, "customer.subscription.updated", **changes.ending(store, one, True))


def _resume(store: Store, session: Obj, sent: pages.Fields) -> None:
    one = _subscription(store, session, sent)
    store.change(one, "customer.subscription.updated", **changes.ending(store, one, False))


def _switch(store: Store, session: Obj, sent: pages.Fields) -> Wrong | None:
    one, features = _subscription(store, session, sent), _features(store, session)
    if sent.get("price") not in {price["id"] for price in plans(store, features, one)}:
        return {"price": "Choose a plan."}
    entry = items(one)[0]
    params = Params({"id": entry["id"], "price": sent["price"], "quantity": str(entry["quantity"])})
    behaviour = features["subscription_update"]["proration_behavior"]
    changes.change_items(store, one, changes.new_items(store, one, [params]), behaviour)
    return None


def _address(store: Store, session: Obj, sent: pages.Fields) -> Wrong | None:
    wrong = pages.address_problems(sent) | pages.tax_id_problems(sent)
    if wrong:
        return wrong
    customer = store.get("customer", session["customer"])
    store.change(
        customer, "customer.updated", name=sent.get("name") or customer["name"], address=pages.address_of(sent)
    )
    new = pages.tax_ids_of(sent)
    if new != customers.tax_id_pairs(store, customer):
        for old in customers.tax_ids(store, customer):
            store.emit("customer.tax_id.deleted", old)
            del store.objects["tax_id"][old["id"]]
        for tax in new:
            customers.add_tax_id(store, customer, tax["type"], tax["value"])
    return None


ACTS: dict[str, tuple[str, Callable[[Store, Obj, pages.Fields], Any]]] = {
    "card": ("payment_method_update", _card),
    "cancel": ("subscription_cancel", _cancel),
    "resume": ("subscription_cancel", _resume),
    "switch": ("subscription_update", _switch),
    "address": ("customer_update", _address),
}
"""What a form asks for: the feature that must be on, and what does it."""
DONE = {"card": "Your new card is saved.", "cancel": "Your subscription ends with its period.", "address": "Saved.",
        "resume": "Your subscription goes on.", "switch": "Your plan is changed."}  # fmt: skip


async def portal(request: Request, store: Store) -> Response:
    clock.catch_up(store)
    session = store.objects["billing_portal.session"].get(request.path_params["id"])
    if not session:
        return pages.nothing(request)
    customers.there(store, session["customer"])
    if request.method == "GET":
        problem = session.pop("_problem", None)
        done = DONE.get(request.query_params.get("done", ""), "")
        return show(request, store, session, {}, {"number": problem} if problem else {}, done)
    sent = await pages.fields_of(request)
    feature, act = ACTS.get(sent.get("act", ""), ("", None))
    if not act or not _features(store, session)[feature]["enabled"]:
        raise Refused("This portal does not offer that.")
    said = act(store, session, sent)
    store.save()
    if isinstance(said, dict):
        return show(request, store, session, sent, said)
    return pages.go(said or _after(session) or f"{session['url']}?done={sent['act']}")


def routes(store: Store) -> list[Route]:
    return [pages.page(store, "/portal/{id}", portal)]
