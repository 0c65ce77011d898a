"""The page of an invoice: what it is for, and a form to pay it where it is open."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.fakestripe import clock, invoices, pages
from tests.fakestripe.shapes import Obj
from tests.fakestripe.store import Store


async def invoice_page(request: Request, store: Store) -> Response:
    clock.catch_up(store)
    one = store.objects["invoice"].get(request.path_params["id"])
    if not one or one["status"] == "draft":
        return pages.nothing(request)
    sent, wrong = (await pages.fields_of(request), {}) if request.method == "POST" else ({}, {})
    if request.method == "POST" and one["status"] == "open":
        wrong = pages.card_problems(store, sent)
        if not wrong:
            wrong = _pay_invoice(store, one, sent)
            store.save()
            if isinstance(wrong, str):
                return pages.go(wrong)
    return pages.render(request, "invoice.html", one=one, sent=sent, wrong=wrong, status=400 if wrong else 200)


def _pay_invoice(store: Store, one: Obj, sent: pages.Fields) -> Any:
    """An address to go on to, or what is wrong."""
    method = pages.card_of(store, sent)
    why = invoices.collect(store, one, method, off_session=False)
    if why == "ask":
        return f"{store.url}/authenticate/{invoices.intent_of(store, one)['id']}"
    if why:
        return pages.said(why)
    pages.keep(store, one, method)
    return str(one["hosted_invoice_url"])


async def invoice_pdf(request: Request, store: Store) -> Response:
    """A file of a few lines: enough to be one, and to be told apart."""
    one = store.objects["invoice"].get(request.path_params["id"])
    if not one or one["status"] == "draft":
        return pages.nothing(request)
    text = f"Test invoice {one['number']}: {pages.money(one['total'], one['currency'])} - no money moved"
    stream = f"BT /F1 14 Tf 60 760 Td ({text.replace('−', '-')}) Tj ET"
    body = (
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1<</Type/Font"
        f"/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj\n4 0 obj<</Length {len(stream)}>>stream\n{stream}\n"
        "endstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    )
    name = f'inline; filename="{one["number"]}.pdf"'
    return Response(body.encode("latin-1"), media_type="application/pdf", headers={"Content-Disposition": name})


def routes(store: Store) -> list[Route]:
    return [pages.page(store, "/invoice/{id}", invoice_page), pages.page(store, "/invoice/{id}/pdf", invoice_pdf)]
