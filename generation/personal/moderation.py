"""What moderation keeps about people: verdicts on what they made, what they reported and objected to."""

from accounts.models import User
from accounts.services import archive
from accounts.services.personal import Beat, Erased, Exported, blank, delete, register, then
from generation.models import Appeal, Report, Rule, Verdict

STAFFS = ("decided_by", "first_by")


def register_all() -> None:
    """Erased before the generations and pictures that they are about."""
    register(
        Rule,
        exported=Exported(why_not="the site's own, and about nobody"),
        erased=Erased(of_person=blank(lambda person: Rule.objects.filter(created_by=person), created_by=None)),
    )
    register(
        Verdict,
        exported=Exported(
            of_person=lambda person: Verdict.objects.filter(
                generation__requested_by=person, workspace__memberships__user=person, is_dry=False
            ),
            of_workspace=lambda workspace, asker: Verdict.objects.filter(
                workspace=workspace, generation__requested_by=asker, is_dry=False
            ),
            without=("file_key", "decided_by", "first_by", "labels", "is_told"),
        ),
        erased=Erased(
            of_person=then(
                _delete_withheld,
                blank(lambda person: Verdict.objects.filter(decided_by=person), decided_by=None),
                blank(lambda person: Verdict.objects.filter(first_by=person), first_by=None),
            ),
            # The files lie in the workspace's folder, which goes with its pictures.
            of_workspace=delete(lambda workspace: Verdict.objects.filter(workspace=workspace)),
        ),
    )
    register(
        Report,
        exported=Exported(
            of_person=lambda person: Report.objects.filter(reporter=person, workspace__memberships__user=person),
            # Who reported what is nobody else's to know.
            of_workspace=lambda workspace, asker: Report.objects.filter(workspace=workspace, reporter=asker),
            without=("verdict",),
        ),
        erased=Erased(
            of_person=blank(lambda person: Report.objects.filter(reporter=person), reporter=None, words=""),
            of_workspace=delete(lambda workspace: Report.objects.filter(workspace=workspace)),
        ),
    )
    register(
        Appeal,
        exported=Exported(
            of_person=lambda person: Appeal.objects.filter(person=person, workspace__memberships__user=person),
            of_workspace=lambda workspace, asker: Appeal.objects.filter(workspace=workspace, person=asker),
        ),
        erased=Erased(
            of_person=delete(lambda person: Appeal.objects.filter(person=person)),
            of_workspace=delete(lambda workspace: Appeal.objects.filter(workspace=workspace)),
        ),
    )


def _delete_withheld(person: User, beat: Beat) -> None:
    """Files of pictures that they never got."""
    rows = Verdict.objects.filter(generation__requested_by=person).exclude(file_key="")
    while found := list(rows.order_by("pk")[:100]):
        for verdict in found:
            archive.delete_file(verdict.file_key)
        Verdict.objects.filter(pk__in=[verdict.pk for verdict in found]).update(file_key="")
        beat()
