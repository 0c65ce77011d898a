"""The hosted pages: of a checkout session, and of the payer’s bank; what all pages share."""

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import stripe
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates

from tests.fakestripe import clock, invoices, methods, paying, payments
from tests.fakestripe.shapes import Obj, shape
from tests.fakestripe.store import Store
from tests.fakestripe.wire import Refused

HERE = Path(__file__).parent
TEMPLATES = Jinja2Templates(HERE / "templates")
COUNTRIES = {"US": "United States", "DE": "Germany", "FR": "France", "GB": "United Kingdom", "KR": "South Korea",
             "JP": "Japan", "CH": "Switzerland", "AT": "Austria", "CA": "Canada", "IN": "India"}  # fmt: skip
TAX_IDS = {"eu_vat": "EU VAT", "gb_vat": "UK VAT", "us_ein": "US EIN", "kr_brn": "Korea BRN", "ch_vat": "Swiss VAT",
           "jp_cn": "Japan CN", "ca_bn": "Canada BN", "in_gst": "India GST"}  # fmt: skip
Fields = dict[str, str]
LONGEST_FORM = 100_000


def money(cents: int, currency: str = "usd") -> str:
    sign, value = "−" if cents < 0 else "", f"{abs(cents) / 100:,.2f}"
    return f"{sign}${value}" if currency == "usd" else f"{sign}{value} {currency.upper()}"


def day(moment: int) -> str:
    then = datetime.datetime.fromtimestamp(moment, datetime.UTC)
    return f"{then.day} {then:%B %Y}"


def every(price: Obj) -> str:
    count, interval = price["recurring"]["interval_count"], price["recurring"]["interval"]
    return f"a {interval}" if count == 1 else f"every {count} {interval}s"


TEMPLATES.env.globals.update(money=money, day=day, every=every, cards=methods.CARDS, countries=COUNTRIES,
                             tax_kinds=TAX_IDS)  # fmt: skip


async def fields_of(request: Request) -> Fields:
    if int(request.headers.get("content-length", 0)) > LONGEST_FORM:
        raise Refused("This form is too long.", status=413)
    return {name: value.strip() for name, value in parse_qsl((await request.body()).decode(), keep_blank_values=True)}


def render(
    request: Request, name: str, *, leads_to: tuple[str | None, ...] = (), status: int = 200, **values: Any
) -> Response:
    """A page that runs no script. `leads_to`: where its forms may end up, which browsers want to know before."""
    origins = {f"{place.scheme}://{place.netloc}" for place in map(urlsplit, filter(None, leads_to)) if place.netloc}
    forms = " ".join(["'self'", *sorted(origins)])
    policy = f"default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action {forms}"
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
               "X-Content-Type-Options": "nosniff"}  # fmt: skip
    return TEMPLATES.TemplateResponse(request, name, values, status_code=status, headers=headers)


def go(url: str) -> Response:
    return RedirectResponse(url, 303)


def nothing(request: Request) -> Response:
    return render(request, "nothing.html", status=404)


# --- what somebody types ----------------------------------------------------------------------------------------------


def card_problems(store: Store, sent: Fields) -> dict[str, str]:
    today = datetime.datetime.fromtimestamp(store.now(), datetime.UTC).date()
    get = sent.get
    return methods.card_problems(get("number", ""), get("expiry", ""), get("cvc", ""), today)


def card_of(store: Store, sent: Fields) -> Obj:
    number = sent["number"].replace(" ", "")
    return methods.make(store, number, expiry=sent["expiry"], billing={
        "name": sent.get("name") or None, "email": sent.get("email") or None, "address": address_of(sent)})  # fmt: skip


def address_of(sent: Fields) -> Obj | None:
    names = ("line1", "line2", "city", "postal_code", "state", "country")
    return {name: sent.get(name) or None for name in names} if any(sent.get(name) for name in names) else None


def address_problems(sent: Fields) -> dict[str, str]:
    wrong = {name: said for name, said in (("line1", "Enter your street."), ("city", "Enter your town."))
             if not sent.get(name)}  # fmt: skip
    if sent.get("country") not in COUNTRIES:
        wrong["country"] = "Choose a country."
    return wrong


def tax_id_problems(sent: Fields) -> dict[str, str]:
    value = sent.get("tax_id", "")
    if value and (len(value) < 5 or not value.replace("-", "").replace(" ", "").isalnum()):
        return {"tax_id": "This is no tax ID: it needs at least five letters and digits."}
    return {"tax_id": "Choose which kind of tax ID it is."} if value and sent.get("tax_kind") not in TAX_IDS else {}


def tax_ids_of(sent: Fields) -> list[Obj]:
    return [{"type": sent["tax_kind"], "value": sent["tax_id"]}] if sent.get("tax_id") else []


def said(why: str) -> dict[str, str]:
    """A decline, beside the number."""
    return {"number": paying.NOT_PROVED if why == "not_proved" else methods.SAID[why]}


# --- checkout ---------------------------------------------------------------------------------------------------------


def leads_on(one: Obj) -> str:
    """Where a payer goes who is done."""
    return str(one["success_url"]).replace("{CHECKOUT_SESSION_ID}", one["id"])


async def checkout_page(request: Request, store: Store) -> Response:
    clock.catch_up(store)
    one = store.objects["checkout.session"].get(request.path_params["id"])
    if not one:
        return nothing(request)
    if one["status"] != "open":
        return render(request, "over.html", one=one, leads_on=leads_on(one), status=200)
    if request.method == "GET":
        return _form(request, store, one, {}, said(one.pop("_problem")) if one.get("_problem") else {})
    sent = await fields_of(request)
    wrong = card_problems(store, sent) | _who_problems(one, sent)
    if wrong:
        return _form(request, store, one, sent, wrong)
    return _paid(request, store, one, sent)


def _who_problems(one: Obj, sent: Fields) -> dict[str, str]:
    wrong = {}
    if not _email(one) and ("@" not in sent.get("email", "") or len(sent["email"]) > 254):
        wrong["email"] = "Enter your e-mail address."
    if not sent.get("name"):
        wrong["name"] = "Enter the name on the card."
    if one["billing_address_collection"] == "required":
        wrong |= address_problems(sent)
    return wrong | tax_id_problems(sent)


def _email(one: Obj) -> str:
    return (one["customer_details"] or {}).get("email") or ""


def _who(one: Obj, sent: Fields) -> Obj:
    return {"email": _email(one) or sent["email"], "name": sent.get("business") or sent["name"],
            "address": address_of(sent), "tax_ids": tax_ids_of(sent)}  # fmt: skip


def _paid(request: Request, store: Store, one: Obj, sent: Fields) -> Response:
    method, who = card_of(store, sent), _who(one, sent)
    why = paying.pay(store, one, method, who)
    if why == "ask":
        one["_waiting"] = {"method": method["id"], "who": who}
        store.save()
        return go(f"{store.url}/authenticate/{one['id']}")
    store.save()
    return _form(request, store, one, sent, said(why)) if why else go(leads_on(one))


def _form(request: Request, store: Store, one: Obj, sent: Fields, wrong: dict[str, str]) -> Response:
    return render(
        request, "checkout.html", one=one, lines=one["_lines"], sent=sent, wrong=wrong, email=_email(one),
        trial_end=one["_later"]["trial_end"], leads_to=(one["success_url"], one["cancel_url"]),
        status=400 if wrong and request.method == "POST" else 200,
    )  # fmt: skip


def _checkout_proved(store: Store, one: Obj, passed: bool) -> str:
    waiting = one.pop("_waiting", None)
    if not waiting or one["status"] != "open":
        return one["url"] or leads_on(one)
    method = store.get("payment_method", waiting["method"])
    why = paying.pay(store, one, method, waiting["who"], proved=True) if passed else "not_proved"
    if why:
        one["_problem"] = why
        return str(one["url"])
    return leads_on(one)


# --- the payer's bank -------------------------------------------------------------------------------------------------


def _intent_proved(store: Store, one: Obj, passed: bool) -> str:
    method = store.get("payment_method", one["payment_method"])
    back = one.get("_return_url") or store.url
    if one["status"] != "requires_action":
        return str(back)
    invoice = store.objects["invoice"].get(one.get("_invoice", ""))
    if not passed:
        payments.fail(store, one, method, "authentication_required")
    elif invoice:
        invoices.collect(store, invoice, method, off_session=False, proved=True)
        keep(store, invoice, method)
    else:
        payments.confirm(store, one, method, proved=True)
    return str(invoice["hosted_invoice_url"] if invoice else back)


PROVED: dict[str, Callable[[Store, Obj, bool], str]] = {
    "checkout.session": _checkout_proved,
    "payment_intent": _intent_proved,
    "setup_intent": methods.proved,
}
"""What goes on after the bank's page, by the kind of object that it was asked for; returns the next address."""


async def bank_page(request: Request, store: Store) -> Response:
    one = store.find(request.path_params["id"])
    if not one or one["object"] not in PROVED:
        return nothing(request)
    if request.method == "GET":
        step = (one.get("next_action") or {}).get("redirect_to_url") or {}
        leads = (one.get("success_url"), one.get("return_url"), step.get("return_url"))
        return render(request, "bank.html", one=one, leads_to=leads)
    passed = (await fields_of(request)).get("answer") == "pass"
    url = PROVED[one["object"]](store, one, passed)
    store.save()
    return go(url)


def keep(store: Store, invoice: Obj, method: Obj) -> None:
    """The card that an open invoice was paid with pays the later ones too."""
    customer = store.get("customer", invoice["customer"])
    methods.attach(store, method, customer)
    settle_on(store, customer, method)


def settle_on(store: Store, customer: Obj, method: Obj) -> None:
    """The card becomes the one that all later invoices are paid with."""
    settings = shape(stripe.Customer.InvoiceSettings, default_payment_method=method["id"])
    store.change(customer, "customer.updated", invoice_settings=settings)
    for one in store.all("subscription", customer=customer["id"]):
        if one["default_payment_method"] and not one["ended_at"]:
            store.change(one, "customer.subscription.updated", default_payment_method=method["id"])


def page(store: Store, path: str, show: Callable[[Request, Store], Any]) -> Route:
    """A page; what the rules refuse is said on one."""

    async def answer(request: Request) -> Response:
        try:
            found: Response = await show(request, store)
        except Refused as problem:
            found = render(request, "nothing.html", said=str(problem), status=400)
        return found

    return Route(path, answer, methods=["GET", "POST"])


async def _css(request: Request) -> Response:
    return FileResponse(HERE / "pages.css", headers={"Cache-Control": "max-age=60"})


def routes(store: Store) -> list[Route]:
    return [
        page(store, "/checkout/{id}", checkout_page),
        page(store, "/authenticate/{id}", bank_page),
        Route("/pages.css", _css),
    ]
