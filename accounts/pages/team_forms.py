"""What people fill in about workspaces, members and invitations."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.validators import RegexValidator

from accounts.permissions import Role
from accounts.services.invitations import DAYS, USES

ROLE_WORDS = {
    Role.VIEWER: "Viewer: looks at what is shared",
    Role.MEMBER: "Member: makes pictures",
    Role.ADMIN: "Admin: also manages people and settings",
    Role.OWNER: "Owner: may do everything",
}
SLUG = RegexValidator(
    r"^[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?\Z", "Use small letters a to z, digits, and hyphens between them."
)


class NameField(forms.CharField):
    """A name on one line."""

    def __init__(self, *, help_text: str = "") -> None:
        super().__init__(max_length=80, label="Name", help_text=help_text)

    def to_python(self, value: Any) -> str:
        # A browser sends one line; whoever sends more gets one too, as names go into the headers of mails.
        return " ".join(str(super().to_python(value) or "").split())


class NewWorkspaceForm(forms.Form):
    name = NameField(help_text="Your team or project. You can change it later.")


class IdentityForm(forms.Form):
    name = NameField()
    slug = forms.CharField(
        label="Address",
        max_length=48,
        validators=[SLUG],
        help_text="What stands after /w/ in the address bar. When you change it, links to the old one stop working.",
        widget=forms.TextInput({"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}),
    )


class LogoForm(forms.Form):
    logo = forms.FileField(
        label="Picture",
        help_text="PNG, JPEG or WebP, up to 2 MB. It is cut to a square.",
        widget=forms.ClearableFileInput({"accept": "image/png,image/jpeg,image/webp"}),
    )


def role_choices(roles: Iterable[Role]) -> list[tuple[str, str]]:
    return [(str(role), ROLE_WORDS[role]) for role in roles]


class RoleForm(forms.Form):
    """Offers `roles`."""

    def __init__(self, *args: Any, roles: Iterable[Role], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["role"] = forms.ChoiceField(label="Role", choices=role_choices(roles))
        self.order_fields(self.field_order)


class _InvitationForm(RoleForm):
    days = forms.TypedChoiceField(
        label="Valid for",
        coerce=int,
        initial=7,
        choices=[(days, "1 day" if days == 1 else f"{days} days") for days in DAYS],
    )


class MailForm(_InvitationForm):
    email = forms.EmailField(label="E-mail address", widget=forms.EmailInput({"autocomplete": "off"}))
    field_order = ("email", "role", "days")


def _uses(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


class LinkForm(_InvitationForm):
    field_order = ("role", "days", "max_uses")
    max_uses = forms.TypedChoiceField(
        label="For how many people",
        coerce=_uses,
        initial=1,
        choices=[*((uses, "1 person" if uses == 1 else f"{uses} people") for uses in USES), ("any", "Any number")],
    )


class DomainForm(forms.Form):
    domain = forms.CharField(
        required=False,
        max_length=253,
        help_text="Such as example.org. Leave it empty to switch this off.",
        widget=forms.TextInput({"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}),
    )
