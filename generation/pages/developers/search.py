"""What is looked for in the log of requests. It stands in the address, so that a search can be kept and sent."""

from typing import Any
from uuid import UUID

from django import forms

from accounts.models import ApiKey, User, Workspace
from generation.models import ApiCall
from generation.services.calls import Wish

KEYS = 200
"""Keys that can be chosen, the newest first."""


class Search(forms.Form):
    request_id = forms.CharField(required=False, max_length=100, label="Request id")
    path = forms.CharField(required=False, max_length=200, label="Path")
    outcome = forms.ChoiceField(
        required=False,
        label="Outcome",
        choices=[("", "All"), *ApiCall.Outcome.choices],
        error_messages={"invalid_choice": "Choose an outcome of the list."},
    )
    key = forms.ChoiceField(
        required=False, label="API key", error_messages={"invalid_choice": "Choose a key of the list."}
    )
    since = forms.DateField(required=False, label="From day", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    until = forms.DateField(required=False, label="To day", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))

    def __init__(self, data: Any, *, workspace: Workspace, maker: User | None) -> None:
        super().__init__(data)
        self._maker = maker
        keys = ApiKey.objects.filter(workspace=workspace).order_by("-created_at", "pk")
        mine = keys if maker is None else keys.filter(created_by=maker)
        named = [(str(key.pk), f"{key.name or 'Without a name'} ({key.key_id})") for key in mine[:KEYS]]
        self.fields["key"].choices = [("", "All keys"), *named]  # type: ignore[attr-defined]  # of a ChoiceField

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        since, until = values.get("since"), values.get("until")
        if since and until and since > until:
            self.add_error("until", "This day is before the first one.")
        return values

    def wish(self, *, before: UUID | None = None) -> Wish:
        values = self.cleaned_data
        return Wish(
            request_id=values["request_id"].strip(),
            path=values["path"].strip(),
            outcome=values["outcome"],
            key=UUID(values["key"]) if values["key"] else None,
            since=values["since"],
            until=values["until"],
            maker=self._maker,
            before=before,
        )

    @property
    def query(self) -> dict[str, str]:
        """What of the address is to be kept when a page follows."""
        return {name: value for name in self.fields if (value := self.data.get(name, ""))}
