"""Rules of moderation, from draft to dry run to on, and how right they are."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import spreadsheet
from accounts.models import User
from accounts.staff import StaffAction
from billing import plans
from generation.models import Rule
from generation.services.moderation import rules, statistics
from generation.staff.frame import needs, panel

DAYS = (7, 30, 90)
COUNTRY = 2
TURNS = {
    Rule.State.DRY_RUN: "Start a dry run",
    Rule.State.ON: "Turn on",
    Rule.State.OFF: "Turn off",
}


class RuleForm(forms.ModelForm[Rule]):
    plans = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, help_text="None chosen: all plans."
    )
    regions = forms.CharField(
        required=False, help_text="Two-letter countries with spaces between, as “de at”. Empty: everywhere."
    )

    class Meta:
        model = Rule
        fields = ("name", "kind", "pattern", "on_prompts", "on_pictures", "action", "reason", "plans", "regions")
        labels = {"on_prompts": "Read prompts", "on_pictures": "Look at pictures", "reason": "What people are told"}
        help_texts = {
            "pattern": "Words: one a line, found as whole words in any case. A class: its name and how sure the "
            "classifier must be, as “nudity 0.8”.",
            "on_pictures": "Only for classes, and only where a classifier is installed.",
            "reason": "One sentence in the second person, as “Weapons are not drawn here.”",
        }
        widgets = {"pattern": forms.Textarea({"rows": 6, "spellcheck": "false"})}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        cast("forms.MultipleChoiceField", self.fields["plans"]).choices = [
            (plan.name, plan.label) for plan in plans.PLANS.values()
        ]
        self.initial["regions"] = " ".join(self.instance.regions)

    def clean_regions(self) -> list[str]:
        found = str(self.cleaned_data["regions"]).upper().replace(",", " ").split()
        if wrong := [one for one in found if len(one) != COUNTRY or not (one.isascii() and one.isalpha())]:
            raise forms.ValidationError(f"{wrong[0]} is no country of two letters.")
        return sorted(set(found))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get("on_prompts") and not given.get("on_pictures"):
            self.add_error("on_prompts", "Choose what the rule reads.")
        if given.get("on_pictures") and given.get("kind") != Rule.Kind.CLASS:
            self.add_error("on_pictures", "Words and expressions are looked for in prompts alone.")
        return given


@needs(StaffAction.WRITE_RULES)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    context = {"figures": [one for one in statistics.of_rules(days=7) if one.rule], "place": "rules"}
    return panel(request, "staff/moderation/rules.html", context, title="Rules")


@needs(StaffAction.WRITE_RULES)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """A rule begins as a draft."""
    return _edit(request, None)


@needs(StaffAction.WRITE_RULES)
@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    return _edit(request, _find(pk))


@needs(StaffAction.WRITE_RULES)
@require_POST
def turn(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """To the state in `to`; with `to=trial` only look at the last week again."""
    found, to = _find(pk), request.POST.get("to", "")
    try:
        if to == "trial":
            rules.try_out(rule=found)
        else:
            rules.turn(rule=found, to=to, by=cast("User", request.user))
    except rules.Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("staff:moderation_rule", pk)


@needs(StaffAction.MODERATE)
@require_safe
def figures(request: HttpRequest) -> HttpResponseBase:
    days = _days(request)
    context = {"figures": statistics.of_rules(days=days), "days": days, "spans": DAYS, "place": "statistics"}
    return panel(request, "staff/moderation/statistics.html", context, title="How right the rules are")


@needs(StaffAction.MODERATE)
@require_safe
def as_csv(request: HttpRequest) -> HttpResponse:
    days = _days(request)
    lines: list[list[object]] = [["rule", "state", *statistics.NAMES, "precision"]]
    for one in statistics.of_rules(days=days):
        state = one.rule.state if one.rule else ""
        precision = "" if one.precision is None else f"{one.precision:.3f}"
        lines.append([one.name, state, *(getattr(one, name) for name in statistics.NAMES), precision])
    headers = {"Content-Disposition": f'attachment; filename="moderation-{days}-days.csv"'}
    return HttpResponse(spreadsheet.rows(lines), content_type="text/csv; charset=utf-8", headers=headers)


def _edit(request: HttpRequest, found: Rule | None) -> HttpResponseBase:
    form = RuleForm(request.POST or None, instance=Rule.objects.filter(pk=found.pk).get() if found else None)
    if request.method == "POST" and form.is_valid():
        try:
            saved = rules.write(rule=found, by=cast("User", request.user), **form.cleaned_data)
        except rules.Refused as refusal:
            form.add_error("pattern", str(refusal))
        else:
            messages.success(request, f"Saved. It is {saved.get_state_display().lower()}.")
            return redirect("staff:moderation_rule", saved.pk)
    turns = [(state, TURNS[Rule.State(state)]) for state in rules.NEXT[found.state]] if found else []
    context: dict[str, Any] = {"form": form, "rule": found, "turns": turns, "place": "rules"}
    if found:
        context |= {"samples": rules.samples(found), "share": _share(found.trial)}
    title = found.name if found else "New rule"
    return panel(request, "staff/moderation/rule.html", context, title=title, status=422 if form.errors else 200)


def _find(pk: UUID) -> Rule:
    if (found := Rule.objects.filter(pk=pk).first()) is None:
        raise Http404("No such rule.")
    return found


def _days(request: HttpRequest) -> int:
    days = request.GET.get("days", "")
    return int(days) if days in map(str, DAYS) else DAYS[1]


def _share(trial: dict[str, Any]) -> str:
    return f"{trial['hits'] / trial['read']:.2%}" if trial.get("read") else ""
