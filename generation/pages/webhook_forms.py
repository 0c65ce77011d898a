"""What the pages of webhooks ask for."""

from typing import Any

from django import forms

from generation.models import Hook
from generation.models.hooks import Event
from generation.services.hooks import OVERLAPS

OVERLAP_WORDS = {0: "Stops signing at once", 1: "Signs too for 1 more hour", 24: "Signs too for 24 more hours"}


class WebhookForm(forms.Form):
    url = forms.CharField(
        label="Address",
        max_length=500,
        widget=forms.URLInput(attrs={"placeholder": "https://example.org/aurora", "autocomplete": "off"}),
        help_text="Where your program takes POST requests. It must be reachable from the internet.",
        error_messages={"required": "Give the address that is to be told."},
    )
    events = forms.MultipleChoiceField(
        label="Tell it when",
        choices=Event.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one thing that it is to be told of."},
    )
    with_prompt = forms.BooleanField(
        label="Send prompts too",
        required=False,
        help_text="Otherwise it gets ids, states and addresses of pictures, which work for an hour.",
    )


class RotateForm(forms.Form):
    overlap = forms.TypedChoiceField(
        label="The secret that is in use now",
        choices=[(hours, OVERLAP_WORDS[hours]) for hours in OVERLAPS],
        coerce=int,
        widget=forms.RadioSelect,
    )


def usual() -> dict[str, Any]:
    """What the form for a new webhook begins with."""
    return {"events": [Event.SUCCEEDED.value, Event.FAILED.value]}


def of(hook: Hook) -> dict[str, Any]:
    return {"url": hook.url, "events": hook.events, "with_prompt": hook.with_prompt}
