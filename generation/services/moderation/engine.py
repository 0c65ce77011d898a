"""The moderator that goes by the site's rules. A classifier is added by a subclass that names classes."""

from collections.abc import Mapping, Sequence

import structlog

from generation.models import Rule
from generation.services.moderation import book, matching
from generation.services.moderation.moderator import FLAG, NOTHING, Context, Finding, Judgement

SLOW = "A rule took too long to read this."

log = structlog.get_logger(__name__)


class RuleEngine:
    """Words and expressions are looked for in prompts; classes, in what `classes_of_…` say, which here is nothing."""

    def classes_of_prompt(self, prompt: str) -> Mapping[str, float]:
        """Class -> how sure it is, from 0 to 1."""
        return {}

    def classes_of_picture(self, png: bytes) -> Mapping[str, float]:
        return {}

    def judge_prompt(self, prompt: str, *, context: Context) -> Judgement:
        rules = [rule for rule in book.rules() if rule.on_prompts and _holds(rule, context)]
        if not rules:
            return NOTHING
        return _judge(rules, matching.fold(prompt), self.classes_of_prompt(prompt))

    def judge_picture(self, png: bytes, *, context: Context) -> Judgement:
        rules = [rule for rule in book.rules() if rule.on_pictures and _holds(rule, context)]
        if not rules:
            return NOTHING
        return _judge(rules, "", self.classes_of_picture(png))


def _holds(rule: Rule, context: Context) -> bool:
    """Whether the rule is for such requests."""
    of_plan = not rule.plans or context.plan in rule.plans
    return of_plan and (not rule.regions or context.region in rule.regions)


def _judge(rules: Sequence[Rule], folded: str, labels: Mapping[str, float]) -> Judgement:
    findings = [finding for rule in rules if (finding := _finding(rule, folded, labels))]
    return Judgement(tuple(findings), dict(labels))


def _finding(rule: Rule, folded: str, labels: Mapping[str, float]) -> Finding | None:
    is_dry = rule.state != Rule.State.ON
    try:
        if not is_in(rule, folded, labels):
            return None
    except matching.TooSlow:
        # Neither is it allowed unseen, nor is anybody refused for what nobody has read.
        log.warning("rule_too_slow", rule=str(rule.pk))
        return Finding(FLAG, SLOW, rule.pk, is_dry)
    except matching.Unusable as error:
        log.error("rule_unusable", rule=str(rule.pk), error=str(error))
        return None
    return Finding(rule.action, rule.reason, rule.pk, is_dry)


def is_in(rule: Rule, folded: str, labels: Mapping[str, float]) -> bool:
    """Raises TooSlow or Unusable."""
    if rule.kind == Rule.Kind.CLASS:
        return matching.is_among(rule.pattern, labels)
    return bool(folded) and matching.finder(rule.kind, rule.pattern)(folded)
