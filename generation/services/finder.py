"""One search for everything that staff are told: e-mail, name, address, id, key, request or a name of Stripe's.

What it looks like says where to look, so that each question is a few look-ups in indexes.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Q

from accounts.models import ApiKey, AuditEntry, User, Workspace
from billing.models import Customer, Purchase, StripeEvent, Subscription
from generation.models import ApiCall, Generation, Picture

LIMIT = 20
KEY = re.compile(r"(?:aur_live_)?(?P<id>[0-9A-Za-z]{8})(?:_.*)?")
WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Hit:
    """`kind` is "person", "workspace" or "generation", with the row's id; `event` has a table of its own.

    An exact hit is what was asked for, to the letter.
    """

    kind: str
    id: UUID | str
    label: str
    why: str
    is_exact: bool = False


def find(asked: str) -> list[Hit]:
    """At most LIMIT hits of a kind, the exact ones first. Runs where all workspaces are seen."""
    asked = asked.strip().replace("\x00", "")[:200]
    if not asked:
        return []
    if id_ := _uuid(asked):
        # Requests are named by such ids, too.
        return _unique([*_by_id(id_), *_by_request(asked.lower())])
    for prefix, look in STRIPE.items():
        if asked.startswith(prefix):
            return look(asked)
    hits = [*_by_key(asked), *_by_request(asked), *_by_email(asked), *_by_slug(asked)]
    if not any(hit.is_exact for hit in hits):
        hits += _by_name(asked)
    return _unique(hits)


def _unique(hits: list[Hit]) -> list[Hit]:
    """The exact ones first; of several the first says why it was found."""
    unique: dict[tuple[str, UUID | str], Hit] = {}
    for hit in hits:
        unique.setdefault((hit.kind, hit.id), hit)
    return sorted(unique.values(), key=lambda hit: not hit.is_exact)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _by_id(id: UUID) -> list[Hit]:
    hits = [_person(row, "its id", exact=True) for row in User.objects.filter(pk=id)]
    hits += [_workspace(row, "its id", exact=True) for row in Workspace.objects.filter(pk=id)]
    hits += [_generation(row.pk, "its id", exact=True) for row in Generation.objects.filter(pk=id)]
    for picture in Picture.objects.filter(pk=id):
        hits.append(_generation(picture.generation_id, f"picture {picture.index + 1} of it", exact=True))
    for purchase in Purchase.objects.filter(pk=id).select_related("workspace"):
        hits.append(_workspace(purchase.workspace, "a purchase of it", exact=True))
    return hits


def _by_key(asked: str) -> list[Hit]:
    """Of a whole key only the part that is no secret is looked at."""
    if not (match := KEY.fullmatch(asked)):
        return []
    rows = ApiKey.objects.filter(key_id=match["id"]).select_related("workspace")
    return [_workspace(row.workspace, f"its API key {row.name}", exact=True) for row in rows]


def _by_request(asked: str) -> list[Hit]:
    if len(asked) > 100 or " " in asked or "@" in asked:
        return []
    hits = []
    for call in ApiCall.objects.filter(request_id=asked).select_related("workspace")[:LIMIT]:
        why = f"the request {call.method} {call.path}"
        if call.generation_id:
            hits.append(_generation(call.generation_id, why, exact=True))
        else:
            hits.append(_workspace(call.workspace, why, exact=True))
    for entry in AuditEntry.objects.filter(request_id=asked).select_related("actor", "workspace")[:LIMIT]:
        why = f"{entry.action} by this request"
        if entry.workspace:
            hits.append(_workspace(entry.workspace, why, exact=True))
        elif entry.actor:
            hits.append(_person(entry.actor, why, exact=True))
    return hits


def _by_email(asked: str) -> list[Hit]:
    if len(asked) < 3:
        return []
    email = asked.lower()
    rows = User.objects.filter(Q(email=email) | Q(email__startswith=email)).order_by("email")[:LIMIT]
    return [_person(row, "its e-mail address", exact=row.email == email) for row in rows]


def _by_slug(asked: str) -> list[Hit]:
    slug = asked.lower()
    rows = Workspace.objects.filter(slug__startswith=slug).order_by("slug")[:LIMIT]
    return [_workspace(row, "its address", exact=row.slug == slug) for row in rows]


def _by_name(asked: str) -> list[Hit]:
    """By words of the name, of which the last may be unfinished."""
    words = WORD.findall(asked)
    if not words:
        return []
    wanted = SearchQuery(" & ".join(f"{word}:*" for word in words), config="simple", search_type="raw")
    people = User.objects.alias(words=SearchVector("display_name", config="simple")).filter(words=wanted)[:LIMIT]
    spaces = Workspace.objects.alias(words=SearchVector("name", config="simple")).filter(words=wanted)[:LIMIT]
    return [_person(row, "its name") for row in people] + [_workspace(row, "its name") for row in spaces]


def _customer(asked: str) -> list[Hit]:
    rows = Customer.objects.filter(stripe_id=asked).select_related("workspace")
    return [_workspace(row.workspace, "the customer at Stripe", exact=True) for row in rows]


def _subscription(asked: str) -> list[Hit]:
    rows = Subscription.objects.filter(stripe_id=asked).select_related("workspace")
    return [_workspace(row.workspace, "its subscription at Stripe", exact=True) for row in rows]


def _purchase(asked: str) -> list[Hit]:
    rows = Purchase.objects.filter(Q(session_id=asked) | Q(payment_id=asked)).select_related("workspace")
    return [_workspace(row.workspace, "its payment at Stripe", exact=True) for row in rows]


def _event(asked: str) -> list[Hit]:
    return [Hit("event", row.pk, str(row), "a message of Stripe") for row in StripeEvent.objects.filter(pk=asked)]


STRIPE: dict[str, Callable[[str], list[Hit]]] = {
    "cus_": _customer,
    "sub_": _subscription,
    "cs_": _purchase,
    "pi_": _purchase,
    "evt_": _event,
}


def _person(row: User, why: str, *, exact: bool = False) -> Hit:
    label = f"{row.display_name} · {row.email}" if row.display_name else row.email
    return Hit("person", row.pk, label, why, exact)


def _workspace(row: Workspace, why: str, *, exact: bool = False) -> Hit:
    return Hit("workspace", row.pk, f"{row.name} · {row.slug}", why, exact)


def _generation(pk: UUID, why: str, *, exact: bool = False) -> Hit:
    return Hit("generation", pk, str(pk), why, exact)
