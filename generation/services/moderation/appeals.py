"""What makers see of what was decided about theirs, and how they object to it, once."""

from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User, Workspace
from accounts.services import audit
from generation.models import Appeal, Rule, Verdict
from generation.services.moderation.decide import GONE

SHOWN = 50
State, Outcome = Verdict.State, Verdict.Outcome
HARD = Q(decision=Rule.Action.BLOCK) | Q(outcome__in=[Outcome.BLUR, *GONE])
"""What takes something from its maker."""


class Refused(Exception):
    """There can be no appeal; the message says why."""


def mine(*, workspace: Workspace, person: User) -> list[Verdict]:
    """What was decided about what the person made here, and what is being looked at, newest first, each thing once."""
    rows = _of(workspace, person).select_related("generation", "picture", "appeal").order_by("-created_at", "pk")
    found: dict[object, Verdict] = {}
    for row in rows[:SHOWN]:
        key = (row.generation_id, row.picture_id, row.index, row.stage)
        # The one that was objected to has the answer.
        if key not in found or hasattr(row, "appeal"):
            found[key] = row
    return list(found.values())


def one(*, workspace: Workspace, person: User, id: UUID) -> Verdict:
    """Raises Verdict.DoesNotExist, also for what is somebody else's."""
    return _of(workspace, person).select_related("workspace", "generation", "picture", "appeal").get(pk=id)


def can_appeal(verdict: Verdict) -> bool:
    """Once, and while nobody is at it."""
    is_hard = verdict.decision == Rule.Action.BLOCK or verdict.outcome in (Outcome.BLUR, *GONE)
    return is_hard and verdict.state == State.SETTLED and verdict.upheld is not False and not hasattr(verdict, "appeal")


@transaction.atomic
def appeal(*, verdict: Verdict, person: User, words: str) -> Appeal:
    """Ask for another look, by somebody else than whoever decided. Raises Refused. Runs in the workspace's scope."""
    text = words.strip()
    if not 1 <= len(text) <= 500:
        raise Refused("Say in at most 500 characters why this is wrong.")
    row = Verdict.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=verdict.pk)
    known = Appeal.objects.filter(verdict__generation=row.generation_id, verdict__picture=row.picture_id)
    if not can_appeal(row) or known.filter(verdict__index=row.index, verdict__stage=row.stage).exists():
        raise Refused("You can object once, and this was objected to or taken back already.")
    row.state, row.first_by = State.OPEN, row.decided_by
    row.save(update_fields=["state", "first_by"])
    made = Appeal.objects.create(workspace=row.workspace, verdict=row, person=person, words=text)
    audit.record("moderation.appealed", workspace=row.workspace, actor=person, target=row.generation_id)
    return made


def _of(workspace: Workspace, person: User) -> QuerySet[Verdict]:
    """Reports of others that nothing came of are not the maker's to know."""
    looked_at = ~Q(state=State.SETTLED) & Q(decision=Rule.Action.REVIEW)
    rows = Verdict.objects.filter(workspace=workspace, generation__requested_by=person, is_dry=False)
    return rows.filter(HARD | looked_at | Q(appeal__isnull=False))
