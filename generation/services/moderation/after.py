"""Judges a picture before it is delivered. What is blocked is not delivered and not charged."""

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from billing.plans import plan_of
from generation import storage
from generation.models import Generation, Picture, Rule, Verdict
from generation.services import lease, signing
from generation.services.moderation import holding
from generation.services.moderation.before import CODE, of_prompt, verdict_of
from generation.services.moderation.moderator import BLOCK, REVIEW, Context, Judgement, moderator

State, Stage, Outcome = Verdict.State, Verdict.Stage, Verdict.Outcome


def judge(*, generation: Generation, png: bytes) -> Judgement:
    """Runs in the workspace's scope. The country of a request is not known any more: rules for regions say nothing."""
    context = Context(plan=plan_of(generation.workspace).name)
    return moderator().judge_picture(png, context=context)


def is_under_review(generation: Generation) -> bool:
    """Whether its pictures are shown blurred, as its prompt is still to be decided about, or was found wrong."""
    rows = Verdict.objects.filter(of_prompt(generation), stage=Stage.BEFORE, decision=REVIEW, is_dry=False)
    return rows.filter(~Q(state=State.SETTLED) | Q(upheld=True)).exists()


def note(picture: Picture, judged: Judgement) -> None:
    """Write a verdict for each finding. Runs in the transaction that delivers the picture."""
    for verdict in _verdicts(picture.generation, judged):
        verdict.picture = picture
        verdict.save()


def withhold(*, generation: Generation, index: int, png: bytes, judged: Judgement) -> bool:
    """Keep a blocked picture for an appeal; False, with nothing written, when this attempt is over. Raises OSError."""
    key = holding.put_aside(generation=generation, png=png)
    with transaction.atomic():
        if not lease.held(generation).filter(cancel_requested_at=None).select_for_update().exists():
            return False
        if index in withheld(generation):
            return True
        for verdict in _verdicts(generation, judged):
            verdict.index, verdict.file_key = index, key
            verdict.save()
    return True


def withheld(generation: Generation) -> set[int]:
    """Pictures that were drawn and are not delivered."""
    rows = Verdict.objects.filter(generation=generation, stage=Stage.AFTER, decision=BLOCK, is_dry=False, picture=None)
    return {index for index in rows.values_list("index", flat=True) if index is not None}


def finish(generation: Generation) -> bool:
    """End a generation of which nothing is missing, as `lease.finish`: blocked where no picture is left."""
    reasons = Verdict.objects.filter(generation=generation, stage=Stage.AFTER, decision=BLOCK, is_dry=False)
    reason = reasons.filter(picture=None).values_list("reason", flat=True).first()
    if reason is None:
        return lease.finish(generation=generation, status=Generation.Status.SUCCEEDED)
    if Picture.objects.filter(generation=generation).exists():
        said = f"Not all pictures were delivered: {reason}"
        return lease.finish(generation=generation, status=Generation.Status.SUCCEEDED, message=said)
    return lease.finish(generation=generation, status=Generation.Status.BLOCKED, code=CODE, message=reason)


@transaction.atomic
def deliver_after_all(verdict: Verdict) -> Picture | None:
    """Give the maker a picture that was blocked, at no cost, as its block was wrong. Raises OSError."""
    if not verdict.file_key or verdict.index is None or verdict.picture_id:
        return None
    generation = verdict.generation
    kept = holding.keep(
        generation=generation, png=signing.signed(generation, storage.read(verdict.file_key)), is_held=False
    )
    picture, _ = Picture.objects.get_or_create(
        generation=generation,
        index=verdict.index,
        defaults={
            "workspace_id": generation.workspace_id, "seed": generation.seed_of(verdict.index),
            "width": generation.width, "height": generation.height, "storage_key": kept.shown.key,
            "byte_size": kept.shown.byte_size, "sha256": kept.shown.sha256, "seconds": 0, "positions": 0,
        },
    )  # fmt: skip
    old = verdict.file_key
    Verdict.objects.filter(generation=generation, file_key=old).update(picture=picture, file_key="")
    verdict.picture, verdict.file_key = picture, ""
    blocked = Generation.objects.filter(pk=generation.pk, status=Generation.Status.BLOCKED)
    blocked.update(status=Generation.Status.SUCCEEDED, error_code="", error_message="", finished_at=timezone.now())
    transaction.on_commit(lambda: default_storage.delete(old), robust=True)
    return picture


def _verdicts(generation: Generation, judged: Judgement) -> list[Verdict]:
    known = {finding.rule for finding in judged.findings if finding.rule}
    there = set(Rule.objects.filter(pk__in=known).values_list("pk", flat=True)) if known else set()
    return [verdict_of(generation, finding, judged, stage=Stage.AFTER, there=there) for finding in judged.findings]
