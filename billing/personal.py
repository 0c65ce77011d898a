"""What billing keeps about people: amounts, who bought or set something, and why staff gave it."""

from collections.abc import Callable
from typing import Any

from django.db.models import Model, QuerySet

from accounts.models import Workspace
from accounts.services.personal import Beat, Erased, Exported, blank, delete, nothing_in, register, then
from billing.models import (
    Account,
    Adjustment,
    Customer,
    DataSharing,
    EntitlementGrant,
    PlanGrant,
    Posting,
    Purchase,
    Redemption,
    Subscription,
    TopUp,
    Transaction,
)
from billing.services import customers

BOOKS = "the books stay whole; what they point at is emptied of everything personal"
Eraser = Callable[[Any, Beat], None]


def register_all() -> None:
    """In the order of the export; erased from the end."""
    for grants in (PlanGrant, EntitlementGrant):
        _of_workspace(grants, blank(_all_of(grants), reason=""), without=("granted_by",))
    _of_workspace(Customer, lambda workspace, beat: customers.forget(workspace))
    _of_workspace(Subscription)
    _of_workspace(TopUp, delete(_all_of(TopUp)), person="set_by")
    _of_workspace(Redemption, person="person")
    _of_workspace(Purchase, blank(_all_of(Purchase), session_url="", failure=""), person="person")
    _of_workspace(DataSharing, person="started_by", too="ended_by")
    _of_workspace(Account)
    _of_workspace(Transaction, without=("made_by",))
    _of_workspace(Adjustment, without=("asked_by", "decided_by"))
    register(
        Posting,
        exported=Exported(
            of_workspace=lambda workspace, asker: Posting.objects.filter(transaction__workspace=workspace),
            also=("account__kind",),
        ),
        erased=Erased(why_not=BOOKS),
    )
    for label, why in {
        "billing.ClosedDay": "sums of everybody's accounts",
        "billing.Price": "the site's own price list",
        "billing.PromoCode": "the site's own codes",
        "billing.Reconciliation": "ids of what differed, and names of workspaces in the addresses of pages",
        "billing.StripeEvent": "ids of what happened, without its content",
    }.items():
        nothing_in(label, why=why)


def _of_workspace(
    model: type[Model], eraser: Eraser | None = None, *, person: str = "", too: str = "", without: tuple[str, ...] = ()
) -> None:
    """Rows of a workspace that stay for the books, but for what `eraser` does; `person` and `too` name who did it."""
    rows, names = model._default_manager, [name for name in (person, too) if name]
    forgetting = [_forget(model, name) for name in names]
    register(
        model,
        exported=Exported(of_workspace=lambda workspace, asker: rows.filter(workspace=workspace), without=without),
        erased=Erased(
            of_person=then(*forgetting) if forgetting else None,
            of_workspace=eraser,
            why_not="" if forgetting or eraser else BOOKS,
        ),
    )


def _all_of(model: type[Model]) -> Callable[[Workspace], QuerySet[Any]]:
    return lambda workspace: model._default_manager.filter(workspace=workspace)


def _forget(model: type[Model], name: str) -> Eraser:
    return blank(lambda person: model._default_manager.filter(**{name: person}), **{name: None})
