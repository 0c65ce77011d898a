"""What billing keeps about people: nothing but amounts, and why staff gave a plan."""

from accounts.services.personal import Erased, Exported, blank, register
from billing.models import Account, PlanGrant, Posting, Transaction

BOOKS = "the books stay whole; what they point at is emptied of everything personal"


def register_all() -> None:
    """In the order of the export; erased from the end."""
    register(
        PlanGrant,
        exported=Exported(
            of_workspace=lambda workspace, asker: PlanGrant.objects.filter(workspace=workspace), without=("granted_by",)
        ),
        erased=Erased(of_workspace=blank(lambda workspace: PlanGrant.objects.filter(workspace=workspace), reason="")),
    )
    register(
        Account,
        exported=Exported(of_workspace=lambda workspace, asker: Account.objects.filter(workspace=workspace)),
        erased=Erased(why_not=BOOKS),
    )
    register(
        Transaction,
        exported=Exported(of_workspace=lambda workspace, asker: Transaction.objects.filter(workspace=workspace)),
        erased=Erased(why_not=BOOKS),
    )
    register(
        Posting,
        exported=Exported(
            of_workspace=lambda workspace, asker: Posting.objects.filter(transaction__workspace=workspace),
            also=("account__kind",),
        ),
        erased=Erased(why_not=BOOKS),
    )
