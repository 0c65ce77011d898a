"""allauth's forms where ours must say or allow something else."""

from allauth.account.forms import AddEmailForm
from allauth.account.forms import RequestLoginCodeForm as LoginCodeForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.core.exceptions import ValidationError

from accounts.models import User


class NewAddress(AddEmailForm):
    def clean_email(self) -> str:
        """Also with two-step log-in on: the old address stays until the new one is proved, so nothing is lost."""
        try:
            return str(super().clean_email())
        except ValidationError as error:
            if error.code != "add_email_blocked":
                raise
            return str(self.cleaned_data["email"].lower())


class AskForCode(LoginCodeForm):
    def clean_email(self) -> str:
        """Only where the address was proved: else whoever reads the mail would be led into a stranger's account."""
        email = str(super().clean_email())
        if isinstance(self._user, User) and not self._user.has_proved(email):
            self._user = None
        return email


class NewPasskey(AddWebAuthnForm):
    passwordless = forms.BooleanField(
        label="Log in with it alone, without e-mail and password",
        required=False,
        initial=True,
        help_text="Your device asks for your fingerprint, face or PIN. Without this it is a second step only.",
    )
    field_order = ("name", "passwordless", "credential")
