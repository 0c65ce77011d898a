"""What tests of accounts look at: the links in mails, and the audit trail of a person."""

import re

from django.core import mail
from django_scopes import scopes_disabled

from accounts.models import AuditEntry, User

LINK = re.compile(r"https?://\S+?(/accounts/\S+)")


def mailed_link(index: int = -1) -> str:
    """The path of the link in a mail."""
    found = LINK.search(str(mail.outbox[index].body))
    assert found, mail.outbox[index].body
    return found[1]


def actions(user: User) -> list[str]:
    """What the audit trail holds about the user, oldest first."""
    with scopes_disabled():
        rows = AuditEntry.objects.filter(actor=user, workspace=None).order_by("id")
        return list(rows.values_list("action", flat=True))
