"""The customer portal in the API: its configurations and its sessions."""

import stripe

from tests.fakestripe import customers
from tests.fakestripe.api import Call, listed, retrieved, route
from tests.fakestripe.shapes import Obj, shape
from tests.fakestripe.store import Store, new_id
from tests.fakestripe.wire import Params

Configuration = stripe.billing_portal.Configuration
FLOWS = ("payment_method_update", "subscription_cancel", "subscription_update", "subscription_update_confirm",
         "customer_update")  # fmt: skip
CONFIGURATION = "features business_profile default_return_url metadata active login_page name"


def _features(params: Params, *, all_on: bool) -> Obj:
    """What payers may do; of a configuration without a word about it, nothing, as at Stripe."""
    update, cancel = params.sub("subscription_update"), params.sub("subscription_cancel")

    def on(name: str) -> bool:
        return params.sub(name).flag("enabled", all_on)

    products = [{"product": one.need("product"), "prices": one.words("prices"), "adjustable_quantity":
                 {"enabled": False, "maximum": None, "minimum": 1}} for one in update.many("products")]  # fmt: skip
    features = Configuration.Features
    return {
        "customer_update": {
            "enabled": on("customer_update"),
            "allowed_updates": params.sub("customer_update").words("allowed_updates") or ["address", "tax_id", "name"],
        },
        "invoice_history": {"enabled": on("invoice_history")},
        "payment_method_update": shape(features.PaymentMethodUpdate, enabled=on("payment_method_update")),
        "subscription_cancel": {
            "cancellation_reason": {"enabled": False, "options": []},
            "enabled": on("subscription_cancel"),
            "mode": cancel.one_of("mode", ("at_period_end", "immediately"), "at_period_end"),
            "proration_behavior": cancel.text("proration_behavior") or "none",
        },
        "subscription_pause": {"enabled": False, "duration": {"type": "indefinite", "interval_options": []}},
        "subscription_update": shape(
            features.SubscriptionUpdate, enabled=on("subscription_update"), products=products or None,
            default_allowed_updates=update.words("default_allowed_updates") or ["price"],
            proration_behavior=update.text("proration_behavior") or "create_prorations",
            schedule_at_period_end={"conditions": []}, trial_update_behavior="continue_trial",
        ),
    }  # fmt: skip


@route("POST", "/v1/billing_portal/configurations", CONFIGURATION)
def configure(call: Call) -> Obj:
    return _configuration(call.store, call.params)


def _configuration(store: Store, params: Params, *, all_on: bool = False) -> Obj:
    profile = params.sub("business_profile")
    return store.create(
        "billing_portal.configuration",
        event="billing_portal.configuration.created",
        active=True,
        business_profile={
            name: profile.text(name) for name in ("headline", "privacy_policy_url", "terms_of_service_url")
        },
        default_return_url=params.text("default_return_url"),
        features=_features(params.sub("features"), all_on=all_on),
        is_default=all_on,
        login_page=shape(Configuration.LoginPage, enabled=False),
        metadata=params.metadata(),
        updated=store.now(),
    )


@route("POST", "/v1/billing_portal/configurations/{id}", CONFIGURATION)
def reconfigure(call: Call) -> Obj:
    one, params = call.store.get("billing_portal.configuration", call.id), call.params
    values: Obj = params.given("default_return_url")
    if "features" in params:
        values["features"] = one["features"] | {
            name: found for name, found in _features(params.sub("features"), all_on=False).items()
            if name in params.sub("features")
        }  # fmt: skip
    if "active" in params:
        values["active"] = params.flag("active")
    return call.store.change(one, "billing_portal.configuration.updated", updated=call.store.now(),
                             metadata=params.metadata(one["metadata"]), **values)  # fmt: skip


@route("POST", "/v1/billing_portal/sessions", "customer return_url configuration flow_data locale")
def open_portal(call: Call) -> Obj:
    store, params = call.store, call.params
    customer = customers.there(store, params.need("customer"), "customer")
    if asked := params.text("configuration"):
        configuration = store.get("billing_portal.configuration", asked, "configuration")
    else:
        found = list(store.all("billing_portal.configuration", is_default=True))
        configuration = found[0] if found else _configuration(store, Params(), all_on=True)
    ident = new_id("bps")
    return store.create(
        "billing_portal.session",
        event="billing_portal.session.created",
        id=ident,
        configuration=configuration["id"],
        customer=customer["id"],
        flow=_flow(params.sub("flow_data")) if "flow_data" in params else None,
        return_url=params.text("return_url") or configuration["default_return_url"],
        url=f"{store.url}/portal/{ident}",
    )


def _flow(params: Params) -> Obj:
    kind = params.one_of("type", FLOWS)
    after = params.sub("after_completion")
    where = after.one_of("type", ("portal_homepage", "redirect", "hosted_confirmation"), "portal_homepage")
    done = shape(stripe.billing_portal.Session.Flow.AfterCompletion, type=where)
    if url := after.sub("redirect").text("return_url"):
        done["redirect"] = {"return_url": url}
    more: Obj = {}
    if kind.startswith("subscription"):
        more[kind] = {"subscription": params.sub(kind).need("subscription")}
    if kind == "subscription_cancel":
        more[kind]["retention"] = None
    return shape(stripe.billing_portal.Session.Flow, type=kind, after_completion=done, **more)


retrieved("/v1/billing_portal/configurations", "billing_portal.configuration")
listed("/v1/billing_portal/configurations", "billing_portal.configuration", "active is_default")
