"""What accounts, and the apps of others that it builds on, keep about people: see services/personal.py."""

from pathlib import PurePosixPath
from typing import Any

from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from accounts.models import (
    ApiKey,
    AuditEntry,
    Dismissal,
    Export,
    Invitation,
    Membership,
    Note,
    StaffSession,
    User,
    Workspace,
)
from accounts.services import archive
from accounts.services.personal import (
    BATCH,
    Beat,
    Erased,
    Exported,
    Files,
    Row,
    blank,
    delete,
    nothing_in,
    register,
    then,
)


def register_all() -> None:
    """In the order of the export; erased from the end."""
    _ours()
    _of_staff()
    _of_user(Dismissal, "person", ())
    for label, why in {
        "accounts.Announcement": "what the site tells everybody",
        "accounts.JobRun": "the site's own jobs, by name",
        "accounts.Switch": "the site's own features; workspaces are named by id alone",
    }.items():
        nothing_in(label, why=why)
    for label, owner, without in OTHERS:
        if _is_there(label):
            _of_user(apps.get_model(label), owner, without)
    register(
        Session,
        exported=Exported(why_not="what a browser is known by is a secret; its content is in no readable form"),
        erased=Erased(of_person=_end_sessions),
    )
    register(
        LogEntry,
        exported=Exported(why_not="staff's own notes of what they changed"),
        erased=Erased(of_person=_forget_in_admin, of_workspace=_forget_workspace_in_admin),
    )
    # These two behind the e-mail addresses, and so erased before them: they must know them to forget them.
    register(
        Invitation,
        exported=Exported(
            of_person=lambda person: Invitation.objects.filter(created_by=person),
            of_workspace=lambda workspace, asker: Invitation.objects.filter(workspace=workspace),
            without=("token_hash",),
        ),
        erased=Erased(
            of_person=then(
                delete(_addressed_to),
                blank(lambda person: Invitation.objects.filter(created_by=person), created_by=None),
            ),
            of_workspace=delete(lambda workspace: Invitation.objects.filter(workspace=workspace)),
        ),
    )
    register(
        AuditEntry,
        exported=Exported(
            of_person=lambda person: AuditEntry.objects.filter(actor=person),
            of_workspace=lambda workspace, asker: AuditEntry.objects.filter(workspace=workspace),
            also=("actor__email",),
        ),
        erased=Erased(of_person=_forget_person, of_workspace=_forget_workspace),
    )
    for label, why in {
        "auth.Permission": "names of rights",
        "auth.Group": "names of groups of staff",
        "contenttypes.ContentType": "names of models",
        "socialaccount.SocialApp": "the site's own keys with providers",
    }.items():
        nothing_in(label, why=why)


# Of other apps, where they are installed: the way to the person, and the fields that are secrets.
OTHERS = (
    ("account.EmailAddress", "user", ()),
    ("account.EmailConfirmation", "email_address__user", ("key",)),
    ("mfa.Authenticator", "user", ("data",)),
    ("usersessions.UserSession", "user", ("session_key",)),
    ("socialaccount.SocialAccount", "user", ()),
    ("socialaccount.SocialToken", "account__user", ("token", "token_secret")),
)


def _ours() -> None:
    # The rows of people and workspaces themselves are emptied in the last step of an erasure, when all else is gone.
    register(
        User,
        exported=Exported(
            of_person=lambda person: User.objects.filter(pk=person.pk),
            without=("password",),
            files=_portrait("avatar"),
        ),
        erased=Erased(of_person=lambda person, beat: archive.delete_folder(f"avatars/{person.pk}", beat)),
    )
    register(
        Workspace,
        exported=Exported(
            of_workspace=lambda workspace, asker: Workspace.objects.filter(pk=workspace.pk), files=_portrait("logo_key")
        ),
        erased=Erased(of_workspace=lambda workspace, beat: archive.delete_folder(f"logos/{workspace.pk}", beat)),
    )
    register(
        Membership,
        exported=Exported(
            of_person=lambda person: Membership.objects.filter(user=person),
            of_workspace=lambda workspace, asker: Membership.objects.filter(workspace=workspace),
            also=("workspace__name", "user__email", "user__display_name"),
        ),
        erased=Erased(why_not="they go with the row of the person or the workspace, in the same transaction"),
    )
    register(
        ApiKey,
        exported=Exported(
            of_person=lambda person: ApiKey.objects.filter(created_by=person),
            of_workspace=lambda workspace, asker: ApiKey.objects.filter(workspace=workspace),
            without=tuple(field.name for field in ApiKey._meta.fields if field.name.endswith("_hash")),
        ),
        erased=Erased(
            of_workspace=delete(lambda workspace: ApiKey.objects.filter(workspace=workspace)),
            # The workspace keeps the row, which says what was drawn with it; nobody can use it.
            of_person=then(
                blank(lambda person: ApiKey.objects.filter(created_by=person), name="", secret_hash=""), _revoke_keys
            ),
        ),
    )
    register(
        Export,
        exported=Exported(why_not="exports of exports grow without end"),
        erased=Erased(
            of_person=_delete_exports(lambda person: Export.objects.filter(person=person)),
            of_workspace=_delete_exports(lambda workspace: Export.objects.filter(workspace=workspace)),
        ),
    )


def _of_staff() -> None:
    register(
        StaffSession,
        exported=Exported(of_person=lambda person: StaffSession.objects.filter(person=person)),
        erased=Erased(of_person=delete(lambda person: StaffSession.objects.filter(person=person))),
    )
    register(
        Note,
        exported=Exported(why_not="staff's own notes of how they helped"),
        erased=Erased(
            of_person=then(
                delete(lambda person: Note.objects.filter(person=person)),
                blank(lambda person: Note.objects.filter(author=person), author=None),
            ),
            of_workspace=delete(lambda workspace: Note.objects.filter(workspace=workspace)),
        ),
    )


def _addressed_to(person: User) -> QuerySet[Any]:
    """Invitations to an address that is theirs for certain: nobody deletes a stranger's."""
    return Invitation.objects.filter(email__in=_proved(person))


def _proved(person: User) -> list[str]:
    return [address.email.lower() for address in EmailAddress.objects.filter(user=person, verified=True)]


def _claimed(person: User) -> list[str]:
    """What they said is theirs and never proved, without what others say too."""
    own = EmailAddress.objects.filter(user=person).values_list("email", flat=True)
    said = {person.email, *(email.lower() for email in own)} - set(_proved(person))
    theirs = User.objects.exclude(pk=person.pk).filter(email__in=said).values_list("email", flat=True)
    theirs_too = EmailAddress.objects.exclude(user=person).filter(email__in=said).values_list("email", flat=True)
    return sorted(said - set(theirs) - {email.lower() for email in theirs_too})


def _is_there(label: str) -> bool:
    app, _, model = label.partition(".")
    return app in apps.app_configs and model.lower() in apps.get_app_config(app).models


def _of_user(model: type[Model], owner: str, without: tuple[str, ...]) -> None:
    """What of another app is a person's alone: exported but for its secrets, and deleted."""

    def rows(person: User) -> QuerySet[Any]:
        return model._default_manager.filter(**{owner: person})

    register(model, exported=Exported(of_person=rows, without=without), erased=Erased(of_person=delete(rows)))


def _portrait(field: str) -> Files:
    def files(row: Row) -> list[tuple[str, str]]:
        return [(PurePosixPath(row[field]).name, row[field])] if row.get(field) else []

    return files


def _revoke_keys(person: User, beat: Beat) -> None:
    ApiKey.objects.filter(created_by=person, revoked_at=None).update(revoked_at=timezone.now())


def _delete_exports(rows: Any) -> Any:
    """Files before rows: a row names its files."""

    def erase(subject: Any, beat: Beat) -> None:
        for export in rows(subject):
            archive.remove(export)
            export.delete()
            beat()

    return erase


def _forget_person(person: User, beat: Beat) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select accounts_audit_forget_person(%s, %s, %s)", [person.pk, _proved(person), _claimed(person)]
        )


def _forget_workspace(workspace: Workspace, beat: Beat) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select accounts_audit_forget_workspace(%s)", [workspace.pk])


def _end_sessions(person: User, beat: Beat) -> None:
    """No row says whose it is: each is opened. This happens once in a person's life."""
    last = ""
    while found := list(Session.objects.filter(session_key__gt=last).order_by("session_key")[:BATCH]):
        last = found[-1].session_key
        theirs = [one.pk for one in found if one.get_decoded().get("_auth_user_id") == str(person.pk)]
        Session.objects.filter(pk__in=theirs).delete()
        beat()


def _forget_in_admin(person: User, beat: Beat) -> None:
    named = Q(object_id=str(person.pk)) | Q(object_repr__icontains=person.email)
    LogEntry.objects.filter(named | Q(change_message__icontains=person.email)).update(object_repr="", change_message="")


def _forget_workspace_in_admin(workspace: Workspace, beat: Beat) -> None:
    LogEntry.objects.filter(object_id=str(workspace.pk)).update(object_repr="", change_message="")
