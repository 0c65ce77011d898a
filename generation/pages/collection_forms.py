"""What people fill in about collections."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from generation.models import Collection, CollectionRole

FURTHEST = timedelta(days=366 * 5)


class CollectionForm(forms.Form):
    name = forms.CharField(max_length=80)
    description = forms.CharField(max_length=500, required=False, widget=forms.Textarea({"rows": 3}))
    is_shared = forms.BooleanField(label="Everyone in the workspace sees it", required=False)

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if not name:
            raise forms.ValidationError("Give it a name.")
        return name


class LinkForm(forms.Form):
    until = forms.DateField(
        label="Until the end of",
        required=False,
        help_text="Leave it empty for as long as you like.",
        widget=forms.DateInput({"type": "date"}),
    )
    password = forms.CharField(
        max_length=128,
        min_length=6,
        required=False,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text="At least six characters. Leave it empty to change nothing.",
    )
    removes_password = forms.BooleanField(label="Remove the password", required=False)
    shows_prompts = forms.BooleanField(label="Show the prompts too", required=False)

    def clean_until(self) -> datetime | None:
        """The end of that day, in the owner's zone."""
        day: date | None = self.cleaned_data["until"]
        if day is None:
            return None
        today = timezone.localdate()
        if not today <= day <= today + FURTHEST:
            raise forms.ValidationError("Choose a day from today on, within five years.")
        return datetime.combine(day + timedelta(days=1), time(), timezone.get_current_timezone()).astimezone(UTC)

    def wishes(self) -> dict[str, Any]:
        """For `collection_links.publish`."""
        given = self.cleaned_data
        password = given["password"] or ("" if given["removes_password"] else None)
        return {"password": password, "until": given["until"], "shows_prompts": given["shows_prompts"]}


def of_link(collection: Collection) -> LinkForm:
    until = timezone.localtime(collection.link_until - timedelta(seconds=1)).date() if collection.link_until else None
    return LinkForm(initial={"until": until, "shows_prompts": collection.link_shows_prompts})


class RoleForm(forms.Form):
    """`role` may be empty: no role any more."""

    person = forms.UUIDField()
    role = forms.ChoiceField(choices=[("", "No role"), *CollectionRole.Role.choices], required=False)
