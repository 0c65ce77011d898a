"""Rules from draft to dry run to on, and what they would have found in the last week. For staff."""

import hashlib
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.models import User
from accounts.services import audit
from generation.models import Generation, Rule
from generation.services.moderation import book, matching
from generation.services.moderation.engine import RuleEngine, is_in
from generation.services.moderation.moderator import moderator

WEEK = timedelta(days=7)
MOST_PROMPTS = 20_000
SECONDS = 2.0
"""A trial reads so many prompts, the newest first, and for so long: whoever asks waits for it."""

SAMPLES = 12
State = Rule.State
NEXT: dict[str, tuple[str, ...]] = {
    State.DRAFT: (State.DRY_RUN,),
    State.DRY_RUN: (State.ON, State.OFF),
    State.ON: (State.DRY_RUN, State.OFF),
    State.OFF: (State.DRY_RUN,),
}
FIELDS = ("name", "kind", "pattern", "on_prompts", "on_pictures", "plans", "regions", "action", "reason")


class Refused(Exception):
    """The rule cannot be changed so; the message says why."""


@transaction.atomic
def write(*, rule: Rule | None, by: User, **fields: Any) -> Rule:
    """Make a draft, or change a rule, which is a draft again where what it finds has changed. Raises Refused."""
    try:
        matching.check(fields["kind"], fields["pattern"])
    except matching.Unusable as error:
        raise Refused(str(error)) from error
    row = Rule.objects.select_for_update().get(pk=rule.pk) if rule else Rule(created_by=by)
    before = fingerprint(row)
    for name in FIELDS:
        setattr(row, name, fields[name])
    if rule and before != fingerprint(row):
        row.state, row.trial = State.DRAFT, {}
    row.save()
    audit.record("rule.changed" if rule else "rule.created", workspace=None, actor=by, target=row.name, state=row.state)
    book.changed()
    return row


@transaction.atomic
def turn(*, rule: Rule, to: str, by: User) -> Rule:
    """To a dry run, which begins with a look at the last week, then on or off. Raises Refused."""
    row = Rule.objects.select_for_update().get(pk=rule.pk)
    if to not in NEXT[row.state]:
        raise Refused("A rule goes from draft to dry run, and from there on or off.")
    before, row.state = row.state, State(to)
    if to == State.DRY_RUN:
        row.trial = trial(row)
    row.save(update_fields=["state", "trial", "updated_at"])
    audit.record("rule.turned", workspace=None, actor=by, target=row.name, before=before, after=to)
    book.changed()
    return row


@transaction.atomic
def try_out(*, rule: Rule) -> Rule:
    """Look at the last week once more."""
    row = Rule.objects.select_for_update().get(pk=rule.pk)
    row.trial = trial(row)
    row.save(update_fields=["trial"])
    return row


def trial(rule: Rule) -> dict[str, Any]:
    """How many of the last week's prompts the rule finds, whatever their plan and region, and some of these by id."""
    found: list[str] = []
    read, hits, until = 0, 0, time.monotonic() + SECONDS
    for pk, prompt in _prompts(timezone.now() - WEEK) if rule.on_prompts else ():
        if time.monotonic() > until:
            break
        read += 1
        if _finds(rule, prompt):
            hits += 1
            found += [str(pk)] if len(found) < SAMPLES else []
    is_whole = read < MOST_PROMPTS and time.monotonic() <= until
    at = timezone.now().isoformat(timespec="seconds")
    return {"read": read, "hits": hits, "samples": found, "is_whole": is_whole, "at": at}


def samples(rule: Rule) -> list[Generation]:
    """Requests of the last trial that it found, as far as they are still there. For staff, who see all workspaces."""
    rows = Generation.objects.filter(pk__in=rule.trial.get("samples", [])).select_related("workspace")
    return list(rows.order_by("-created_at"))


def fingerprint(rule: Rule) -> str:
    """Of what it finds, and of what follows."""
    parts = [rule.kind, rule.pattern, rule.on_prompts, rule.on_pictures, rule.plans, rule.regions, rule.action]
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _prompts(since: datetime) -> Iterable[Any]:
    with scopes_disabled():
        rows = Generation.objects.filter(created_at__gte=since).order_by("-created_at").values_list("pk", "prompt")
        return list(rows[:MOST_PROMPTS])


def _finds(rule: Rule, prompt: str) -> bool:
    classifier = moderator()
    labels = classifier.classes_of_prompt(prompt) if isinstance(classifier, RuleEngine) else {}
    try:
        return is_in(rule, matching.fold(prompt), labels)
    except (matching.TooSlow, matching.Unusable):
        return False
