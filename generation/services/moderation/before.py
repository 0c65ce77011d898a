"""Judges a prompt before anything is stored or paid, and writes down what was found."""

from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from accounts.models import User, Workspace
from accounts.services import audit
from billing.plans import Plan
from generation.models import Generation, Rule, Verdict
from generation.services.moderation.moderator import BLOCK, Context, Finding, Judgement, moderator
from generation.services.order import Invalid

CODE = "moderation_blocked"
MOST = 30
"""Blocked requests of a person that are kept an hour: what is beyond them is refused all the same."""

Outcome, State, Stage = Verdict.Outcome, Verdict.State, Verdict.Stage


class Blocked(Invalid):
    """The prompt is not allowed, for the reason in the message."""

    def __init__(self, reason: str) -> None:
        super().__init__({"prompt": (CODE, reason)})


def judge(*, workspace: Workspace, plan: Plan, prompt: str) -> Judgement:
    """What is to be said of the prompt. What a moderator has allowed this workspace stays allowed there.

    Asked before any lock is taken, as a moderator of one's own may take its time. Runs in the workspace's scope.
    """
    context = Context(plan=plan.name, region=audit.current().country)
    judged = moderator().judge_prompt(prompt, context=context)
    if not judged.heaviest:
        return judged
    pardoned = _pardoned(workspace, prompt)
    kept = tuple(one for one in judged.findings if one.is_dry or one.rule is None or one.rule not in pardoned)
    return Judgement(kept, judged.labels)


def refuse_more(*, workspace: Workspace, person: User | None, reason: str) -> None:
    """Raises Blocked for somebody of whom enough was kept: nobody fills the table, or tries out words for long."""
    since = timezone.now() - timedelta(hours=1)
    rows = Verdict.objects.filter(workspace=workspace, generation__requested_by=person, decision=BLOCK, is_dry=False)
    if rows.filter(stage=Stage.BEFORE, created_at__gte=since).count() >= MOST:
        raise Blocked(reason)


def note(generation: Generation, judged: Judgement) -> None:
    """Write a verdict for each finding, in a feed once for all pictures of the prompt.

    Runs in the transaction that stores the generation.
    """
    if generation.feed_id and Verdict.objects.filter(of_prompt(generation), stage=Stage.BEFORE).exists():
        return
    known = {finding.rule for finding in judged.findings if finding.rule}
    there = set(Rule.objects.filter(pk__in=known).values_list("pk", flat=True)) if known else set()
    Verdict.objects.bulk_create(
        verdict_of(generation, finding, judged, stage=Stage.BEFORE, there=there) for finding in judged.findings
    )


def of_prompt(generation: Generation, *, through: str = "generation") -> Q:
    """For queries: what is of the generation, and in a feed of all that were drawn of its prompt."""
    if generation.feed_id is None:
        return Q(**{through: generation})
    return Q(**{f"{through}__feed": generation.feed_id, f"{through}__prompt": generation.prompt})


def verdict_of(
    generation: Generation, finding: Finding, judged: Judgement, *, stage: Verdict.Stage, there: set[UUID]
) -> Verdict:
    """Not stored. Moderators see what was let through and is not in a dry run; `there` are the rules that there are."""
    for_people = not finding.is_dry and finding.decision != BLOCK
    return Verdict(
        workspace_id=generation.workspace_id,
        generation=generation,
        rule_id=finding.rule if finding.rule in there else None,
        labels=dict(judged.labels),
        stage=stage,
        decision=finding.decision,
        reason=finding.reason[:200],
        is_dry=finding.is_dry,
        state=State.OPEN if for_people else State.SETTLED,
    )


def _pardoned(workspace: Workspace, prompt: str) -> set[UUID | None]:
    """Rules that a moderator found wrong about this very prompt."""
    rows = Verdict.objects.filter(workspace=workspace, generation__prompt=prompt, upheld=False, stage=Stage.BEFORE)
    return set(rows.exclude(rule=None).values_list("rule", flat=True))
