"""Mail that the product itself writes, as text and HTML."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import Invitation


def invite(invitation: Invitation, token: str) -> None:
    """Raises what the mail backend raises."""
    link = settings.BASE_URL + reverse("accounts:invite", args=[token])
    context = {"invitation": invitation, "link": link, "inviter": invitation.created_by}
    subject = f"{_short(invitation)} invites you to {invitation.workspace.name} on Aurora"
    # A name that was set elsewhere may hold line ends, which no header can.
    send("accounts/mail/invitation", " ".join(subject.split()), to=invitation.email, context=context)


def send(template: str, subject: str, *, to: str, context: dict[str, object]) -> None:
    """`template` without its ending: there is one of `.txt` and one of `.html`."""
    message = EmailMultiAlternatives(subject, render_to_string(f"{template}.txt", context), to=[to])
    message.attach_alternative(render_to_string(f"{template}.html", context), "text/html")
    message.send()


def _short(invitation: Invitation) -> str:
    return invitation.created_by.get_short_name() if invitation.created_by else "Somebody"
