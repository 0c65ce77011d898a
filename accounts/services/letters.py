"""Letters to people: `templates/accounts/mail/<letter>.txt`, whose first line is the subject, and `<letter>.html`.

Other apps name theirs with its folder, as `billing/mail/past_due`.
"""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string


def send(to: str, letter: str, /, **context: Any) -> None:
    """Send a letter now. Raises OSError (SMTPException is one) when it cannot be handed over."""
    name = letter if "/" in letter else f"accounts/mail/{letter}"
    values = {"base_url": settings.BASE_URL, **context}
    subject, _, text = render_to_string(f"{name}.txt", values).partition("\n")
    # A name may hold line ends, which no header can.
    subject = " ".join(subject.split())
    mail = EmailMultiAlternatives(subject, text.strip() + "\n", to=[to])
    html = render_to_string(f"{name}.html", values | {"subject": subject})
    mail.attach_alternative(html, "text/html")
    mail.send()
