"""What a moderator is, and what it says. Another one is chosen by the setting AURORA_MODERATOR."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

BLOCK, REVIEW, FLAG = "block", "review", "flag"
WEIGHT = {FLAG: 1, REVIEW: 2, BLOCK: 3}


@dataclass(frozen=True)
class Context:
    """Of whose request it is judged; `region` is "" where the country is not known."""

    plan: str = ""
    region: str = ""


@dataclass(frozen=True)
class Finding:
    """Something that was found. `rule` is None where the moderator goes by none; in a dry run nothing follows of it."""

    decision: str
    reason: str
    rule: UUID | None = None
    is_dry: bool = False


@dataclass(frozen=True)
class Judgement:
    """What was found, and how sure a classifier is of its classes, from 0 to 1."""

    findings: tuple[Finding, ...] = ()
    labels: Mapping[str, float] = field(default_factory=dict)

    @property
    def heaviest(self) -> Finding | None:
        """What decides: the strictest of what is not in a dry run."""
        real = [finding for finding in self.findings if not finding.is_dry]
        return max(real, key=lambda finding: WEIGHT[finding.decision], default=None)

    def says(self, decision: str) -> bool:
        return self.heaviest is not None and self.heaviest.decision == decision


NOTHING = Judgement()


class Moderator(Protocol):
    """Judges prompts before anything is stored or paid, and pictures before they are delivered.

    Called for every request and every picture, prompts within the request: be quick. What cannot be judged is allowed,
    or flagged, as the moderator thinks right; an exception fails the request.
    """

    def judge_prompt(self, prompt: str, *, context: Context) -> Judgement: ...

    def judge_picture(self, png: bytes, *, context: Context) -> Judgement: ...


def moderator() -> Moderator:
    return _made(settings.AURORA_MODERATOR)


@cache
def _made(path: str) -> Moderator:
    made: Moderator = import_string(path)()
    return made
