"""What is not allowed, what was found of it, and what people say to that: rules, verdicts, reports, appeals."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django_scopes import ScopedManager

from generation.models.generations import Generation
from generation.models.pictures import Picture


class Rule(models.Model):  # type: ignore[django-manager-missing]  # `verdicts`: a manager made at run time
    """Something that is looked for in prompts or pictures, and what happens where it is found. The site's own."""

    class Kind(models.TextChoices):
        WORDS = "words", "Words, one a line"
        EXPRESSION = "expression", "Regular expression"
        CLASS = "class", "Class that a classifier finds"

    class Action(models.TextChoices):
        BLOCK = "block", "Block: nothing is drawn or delivered"
        REVIEW = "review", "Review: blurred until a moderator has decided"
        FLAG = "flag", "Flag: delivered, and shown to moderators"

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        DRY_RUN = "dry_run", "Dry run"
        ON = "on", "On"
        OFF = "off", "Off"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.WORDS)
    pattern = models.TextField(max_length=4000)
    on_prompts = models.BooleanField(default=True)
    on_pictures = models.BooleanField(default=False)
    plans = ArrayField(models.CharField(max_length=16), default=list, blank=True, help_text="none: all")
    regions = ArrayField(models.CharField(max_length=2), default=list, blank=True, help_text="countries; none: all")
    action = models.CharField(max_length=6, choices=Action.choices, default=Action.BLOCK)
    state = models.CharField(max_length=7, choices=State.choices, default=State.DRAFT)
    reason = models.CharField(max_length=200, help_text="what people are told")
    trial = models.JSONField(default=dict, editable=False, help_text="what the last dry run over past prompts found")
    created_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name", "created_at")

    def __str__(self) -> str:
        return self.name

    @property
    def is_read(self) -> bool:
        """Prompts and pictures are compared with it."""
        return self.state in (self.State.ON, self.State.DRY_RUN)


class Verdict(models.Model):  # type: ignore[django-manager-missing]  # `reports`: a manager made at run time
    """That something was found in a prompt or a picture, and what moderators have decided about it.

    With neither a rule nor labels it was people who reported the picture.
    """

    class Stage(models.TextChoices):
        BEFORE = "before", "Prompt"
        AFTER = "after", "Picture"
        REPORT = "report", "Reported"

    class State(models.TextChoices):
        SETTLED = "settled"
        OPEN = "open"
        SECOND = "second", "Second look"

    class Outcome(models.TextChoices):
        ALLOW = "allow", "Allowed"
        BLUR = "blur", "Blurred"
        REMOVE = "remove", "Removed"
        WARN = "warn", "Removed, with a warning"
        LOCK = "lock", "Removed, and making locked"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="verdicts")
    picture = models.ForeignKey(Picture, null=True, blank=True, on_delete=models.SET_NULL, related_name="verdicts")
    index = models.PositiveSmallIntegerField(null=True, blank=True, help_text="of the picture that was not delivered")
    file_key = models.CharField(max_length=200, blank=True, help_text="of the picture that was not delivered")
    rule = models.ForeignKey(Rule, null=True, blank=True, on_delete=models.SET_NULL, related_name="verdicts")
    labels = models.JSONField(default=dict, blank=True)
    stage = models.CharField(max_length=6, choices=Stage.choices)
    decision = models.CharField(max_length=6, choices=Rule.Action.choices)
    reason = models.CharField(max_length=200)
    is_dry = models.BooleanField(default=False, help_text="a rule in dry run found it, and nothing happened")

    state = models.CharField(max_length=7, choices=State.choices, default=State.SETTLED)
    outcome = models.CharField(max_length=6, choices=Outcome.choices, blank=True)
    words = models.CharField(max_length=300, blank=True, help_text="from the moderator to the maker")
    decided_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    first_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+", help_text="who must not decide it"
    )
    upheld = models.BooleanField(null=True, help_text="whether the moderator found it right")
    is_told = models.BooleanField(default=True, help_text="its maker knows of what was decided")
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["Verdict"]] = ScopedManager(workspace="workspace")

    class Meta:
        indexes = (
            models.Index(fields=["created_at"], condition=~Q(state="settled"), name="verdict_queue"),
            models.Index("workspace", F("created_at").desc(), name="verdict_newest"),
            models.Index(fields=["rule", "created_at"], name="verdict_of_rule"),
            models.Index(fields=["created_at"], condition=Q(is_told=False), name="verdict_untold"),
        )

    def __str__(self) -> str:
        return f"{self.decision} of {self.generation_id}"


class Report(models.Model):
    """Somebody says that a picture should not be here."""

    class Reason(models.TextChoices):
        SEXUAL = "sexual", "Nudity or sex"
        MINORS = "minors", "Harms or sexualises children"
        VIOLENCE = "violence", "Violence or gore"
        HATE = "hate", "Hate or harassment"
        PERSON = "person", "A real person, without their consent"
        RIGHTS = "rights", "Somebody else’s work or brand"
        OTHER = "other", "Something else"

    class State(models.TextChoices):
        OPEN = "open"
        UPHELD = "upheld"
        DISMISSED = "dismissed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    picture = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="reports")
    reporter = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=8, choices=Reason.choices)
    words = models.CharField(max_length=500, blank=True)
    verdict = models.ForeignKey(Verdict, null=True, on_delete=models.SET_NULL, related_name="reports")
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["Report"]] = ScopedManager(workspace="workspace")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["picture", "reporter"], name="report_one_a_person"),)
        indexes = (models.Index(fields=["reporter", "created_at"], name="report_of_person"),)

    def __str__(self) -> str:
        return f"{self.reason} of {self.picture_id}"


class Appeal(models.Model):
    """The maker of what was blocked or taken away asks for another look, once."""

    class State(models.TextChoices):
        OPEN = "open", "Being looked at"
        GRANTED = "granted", "Granted"
        DENIED = "denied", "Not granted"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    verdict = models.OneToOneField(Verdict, on_delete=models.CASCADE, related_name="appeal")
    person = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    words = models.CharField(max_length=500)
    state = models.CharField(max_length=7, choices=State.choices, default=State.OPEN)
    answer = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["Appeal"]] = ScopedManager(workspace="workspace")

    def __str__(self) -> str:
        return f"appeal against {self.verdict_id}"
