"""What moderators decide about what was found, reported or objected to. Each decision is audited, and what concerns the
maker of a picture is written to them.
"""

from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import User
from accounts.services import audit, making
from generation.models import Appeal, Generation, Picture, Report, Verdict
from generation.services import cancel, feeds, outbox
from generation.services.moderation import after, holding
from generation.services.moderation.before import of_prompt

TELL = "generation.tasks.tell_of_decision"
State, Outcome = Verdict.State, Verdict.Outcome
GONE = (Outcome.REMOVE, Outcome.WARN, Outcome.LOCK)
"""Outcomes after which nobody sees the picture; their makers are told."""

DEEDS = {
    Outcome.ALLOW: "moderation.allowed",
    Outcome.BLUR: "moderation.blurred",
    Outcome.REMOVE: "moderation.removed",
    Outcome.WARN: "moderation.warned",
    Outcome.LOCK: "moderation.locked",
}


class Refused(Exception):
    """It cannot be decided so; the message says why, for moderators."""


@transaction.atomic
def decide(*, verdict: Verdict, by: User, outcome: str, words: str = "") -> Verdict:
    """Decide, and do what follows. `words` are for the maker. Raises Refused, or OSError where a file is not there."""
    if outcome not in Outcome.values:
        raise Refused("Choose one of the decisions.")
    with scope(workspace=verdict.workspace):
        row = _open(verdict, by)
        before, row.outcome = row.outcome, Outcome(outcome)
        row.words, row.decided_by, row.decided_at = words.strip()[:300], by, timezone.now()
        row.upheld, row.state = outcome != Outcome.ALLOW, State.SETTLED
        _carry_out(row, before, by)
        _settle_beside(row)
        is_appeal = _answer(row)
        row.is_told = not (row.generation.requested_by_id and (is_appeal or row.outcome in GONE))
        row.save()
        audit.record(
            DEEDS[row.outcome], workspace=row.workspace, actor=by, target=row.picture_id or row.generation_id,
            rule=row.rule.name if row.rule else None, appeal=is_appeal or None,
        )  # fmt: skip
        if not row.is_told:
            outbox.put(workspace=row.workspace, task=TELL, subject=row.pk)
    return row


@transaction.atomic
def ask_second(*, verdict: Verdict, by: User) -> Verdict:
    """Leave it to another moderator. Raises Refused."""
    with scope(workspace=verdict.workspace):
        row = _open(verdict, by)
        row.state, row.first_by = State.SECOND, by
        row.save(update_fields=["state", "first_by"])
        _beside(row).filter(state=State.OPEN).update(state=State.SECOND, first_by=by)
        audit.record("moderation.second_look", workspace=row.workspace, actor=by, target=row.generation_id)
    return row


def find(pk: UUID) -> Verdict:
    """Whichever workspace it is of. Raises Verdict.DoesNotExist."""
    with scopes_disabled():
        return Verdict.objects.select_related("workspace", "generation__requested_by", "picture", "rule").get(pk=pk)


def _open(verdict: Verdict, by: User) -> Verdict:
    rows = Verdict.objects.select_for_update(of=("self",))
    row = rows.select_related("workspace", "generation__requested_by", "generation__feed", "rule").get(pk=verdict.pk)
    if row.state == State.SETTLED:
        raise Refused("This has been decided already.")
    if row.first_by_id == by.pk:
        raise Refused("Another moderator has to decide this, as you have looked at it before.")
    return row


def _carry_out(row: Verdict, before: str, by: User) -> None:
    if row.outcome == Outcome.ALLOW:
        _undo(row, before, by)
        return
    for picture in _pictures(row):
        holding.hold(picture)
        if row.outcome in GONE:
            picture.deleted_at, picture.deleted_by, picture.published_at = timezone.now(), by, None
            picture.save(update_fields=["deleted_at", "deleted_by", "published_at"])
    if row.outcome in GONE and row.stage == Verdict.Stage.BEFORE:
        _draw_no_more(row.generation)
    if row.outcome == Outcome.LOCK and (person := row.generation.requested_by):
        making.lock(person=person, reason=row.words or row.reason, by=by)


def _draw_no_more(generation: Generation) -> None:
    """Of a prompt that is not allowed after all."""
    if (feed := generation.feed) and feed.prompt == generation.prompt:
        feeds.end(feed=feed)
    elif not generation.is_over:
        cancel.cancel(generation=generation)


def _undo(row: Verdict, before: str, by: User) -> None:
    """It was nothing: what is held back is given, and what an earlier decision took as well."""
    after.deliver_after_all(row)
    for picture in _pictures(row):
        if _is_doubted_else(row, picture):
            continue
        holding.release(picture)
        if before in GONE:
            picture.deleted_at, picture.deleted_by = None, None
            picture.save(update_fields=["deleted_at", "deleted_by"])
    if before == Outcome.LOCK and (person := row.generation.requested_by):
        making.unlock(person=person, by=by)


def _pictures(row: Verdict) -> list[Picture]:
    """Those that it is about: one, or all of a prompt."""
    rows = Picture.objects.select_related("generation", "workspace")
    if row.picture_id:
        return list(rows.filter(pk=row.picture_id))
    return list(rows.filter(of_prompt(row.generation))) if row.index is None else []


def _is_doubted_else(row: Verdict, picture: Picture) -> bool:
    """Something else keeps the picture back."""
    of_words = of_prompt(row.generation) & Q(picture=None, index=None)
    others = Verdict.objects.filter(Q(picture=picture) | of_words)
    waiting = Q(state__in=[State.OPEN, State.SECOND], decision="review")
    taken = Q(state=State.SETTLED, upheld=True)
    beside = _beside(row).values("pk")
    return others.filter(waiting | taken, is_dry=False).exclude(pk=row.pk).exclude(pk__in=beside).exists()


def _beside(row: Verdict) -> QuerySet[Verdict]:
    """What else was found in the very same thing."""
    same = Verdict.objects.filter(
        generation=row.generation, stage=row.stage, picture=row.picture_id, index=row.index, is_dry=False
    )
    return same.exclude(pk=row.pk)


def _settle_beside(row: Verdict) -> None:
    """One look decides about all that was found in it."""
    _beside(row).filter(Q(decision="block") | ~Q(state=State.SETTLED)).update(
        state=State.SETTLED, outcome=row.outcome, decided_by=row.decided_by, decided_at=row.decided_at,
        upheld=row.upheld,
    )  # fmt: skip
    state = Report.State.UPHELD if row.upheld else Report.State.DISMISSED
    Report.objects.filter(verdict=row, state=Report.State.OPEN).update(state=state)


def _answer(row: Verdict) -> bool:
    """Whether somebody had objected, who has an answer now."""
    state = Appeal.State.DENIED if row.upheld else Appeal.State.GRANTED
    rows = Appeal.objects.filter(verdict=row, state=Appeal.State.OPEN)
    return bool(rows.update(state=state, answer=row.words))
