"""Fields that the staff's forms share."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import Workspace
from billing import amounts


class DollarsField(forms.CharField):
    """An amount in dollars; its value is micro-dollars."""

    def __init__(self, *, is_signed: bool = False, **options: Any) -> None:
        self.is_signed = is_signed
        options.setdefault("widget", forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(max_length=20, **options)

    def clean(self, value: Any) -> int:
        try:
            micros = amounts.read(str(super().clean(value)))
        except ValueError as error:
            raise ValidationError(str(error)) from error
        if micros == 0 or (micros < 0 and not self.is_signed):
            raise ValidationError("Not nothing." if self.is_signed else "More than nothing.")
        return micros


class WorkspaceField(forms.CharField):
    """A workspace by its address or id; its value is the workspace."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", "Its address, as in “atelier”, or its id.")
        super().__init__(
            max_length=80, widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}), **options
        )

    def clean(self, value: Any) -> Workspace | None:
        named = str(super().clean(value) or "").strip()
        if not named:
            return None
        found = workspace_of(named)
        if found is None:
            raise ValidationError("There is no such workspace.")
        return found


def workspace_of(named: str) -> Workspace | None:
    """By address or id."""
    if (key := uuid_of(named)) is not None:
        return Workspace.objects.filter(pk=key).first()
    return Workspace.objects.filter(slug=named.lower()).first()


def uuid_of(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None


class MomentField(forms.SplitDateTimeField):
    """A day and a time in UTC, wherever the reader is."""

    def __init__(self, **options: Any) -> None:
        widget = forms.SplitDateTimeWidget(
            date_attrs={"type": "date", "aria-label": "Day"},
            time_attrs={"type": "time", "step": "1", "aria-label": "Time, in UTC"},
            date_format="%Y-%m-%d",
        )
        super().__init__(widget=widget, **options)

    def compress(self, data_list: Any) -> datetime | None:
        if not data_list:
            return None
        day, time = data_list
        if day in self.empty_values or time in self.empty_values:
            raise ValidationError("Choose both a day and a time.")
        return datetime.combine(day, time, UTC)


def reason_field(help_text: str = "The workspace reads it on its statement.") -> forms.CharField:
    return forms.CharField(
        max_length=200,
        help_text=help_text,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": "Say why, in a few words."},
    )
