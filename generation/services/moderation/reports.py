"""Takes reports of pictures: from whoever sees one, once each, and not without end."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import User
from generation.models import Picture, Report, Rule, Verdict

A_DAY = 20
State = Verdict.State


class TooMany(Exception):
    """The person has reported so much today that no more is taken; the message says so."""


@transaction.atomic
def report(*, picture: Picture, reporter: User, reason: str, words: str = "") -> Report:
    """Have moderators look at a picture that the reporter sees, which is the caller's to find out.

    A second report of the same picture is the first one. Raises ValueError for an unknown reason, or TooMany.
    """
    if reason not in Report.Reason.values:
        raise ValueError("Choose what is wrong with the picture.")
    with scope(workspace=picture.workspace):
        if known := Report.objects.filter(picture=picture, reporter=reporter).first():
            return known
    _count(reporter)
    with scope(workspace=picture.workspace):
        try:
            with transaction.atomic():
                return Report.objects.create(
                    workspace=picture.workspace, picture=picture, reporter=reporter, reason=reason,
                    words=words.strip()[:500], verdict=_case(picture, reason),
                )  # fmt: skip
        except IntegrityError:
            # The same click a moment earlier.
            return Report.objects.get(picture=picture, reporter=reporter)


def has_reported(*, picture: Picture, person: User) -> bool:
    with scope(workspace=picture.workspace):
        return Report.objects.filter(picture=picture, reporter=person).exists()


def _count(reporter: User) -> None:
    with scopes_disabled():
        since = timezone.now() - timedelta(days=1)
        if Report.objects.filter(reporter=reporter, created_at__gte=since).count() >= A_DAY:
            raise TooMany(
                f"You have reported {A_DAY} pictures today, which is as many as are taken. Thank you for them."
            )


def _case(picture: Picture, reason: str) -> Verdict:
    """What moderators look at: one for all who report the picture until they have decided."""
    # The lock has two people who report at once make one case.
    Picture.objects.select_for_update(no_key=True).get(pk=picture.pk)
    rows = Verdict.objects.filter(picture=picture, stage=Verdict.Stage.REPORT).exclude(state=State.SETTLED)
    return rows.first() or Verdict.objects.create(
        workspace=picture.workspace, generation_id=picture.generation_id, picture=picture, stage=Verdict.Stage.REPORT,
        decision=Rule.Action.FLAG, reason=f"Reported: {Report.Reason(reason).label}", state=State.OPEN,
    )  # fmt: skip
