"""What staff run the site by: switches of features, announcements, and what is remembered of jobs."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from accounts.models.people import User


class Switch(models.Model):
    """Whether a feature is there, and for whom. Without a row it is there for everybody."""

    class Name(models.TextChoices):
        SIGN_UPS = "sign_ups", "Sign-ups"
        API = "api", "API requests"
        FEEDS = "feeds", "Speed feeds"
        BATCHES = "batches", "Batches"
        SHARING = "sharing", "Data sharing"
        CREDIT_SALES = "credit_sales", "Buying credit"

    class State(models.TextChoices):
        ON = "on", "On for everybody"
        OFF = "off", "Off for everybody"
        SOME = "some", "On for some"

    name = models.CharField(max_length=20, choices=Name.choices, primary_key=True)
    state = models.CharField(max_length=4, choices=State.choices, default=State.ON)
    plans = ArrayField(models.CharField(max_length=16), default=list, blank=True, help_text="that have it, with `some`")
    workspaces = ArrayField(models.UUIDField(), default=list, blank=True, help_text="that have it, with `some`")
    message = models.CharField(max_length=200, blank=True, help_text="what people read where it is off")
    changed_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[models.Manager["Switch"]] = models.Manager()

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"


class Announcement(models.Model):
    """A line above the pages of the studio, between two moments."""

    class Level(models.TextChoices):
        NOTE = "note", "Note"
        WARNING = "warning", "Warning"
        TROUBLE = "trouble", "Trouble"

    class Audience(models.TextChoices):
        EVERYBODY = "everybody", "Everybody"
        PLAN = "plan", "Workspaces of a plan"
        STAFF = "staff", "Staff"

    text = models.CharField(max_length=240)
    level = models.CharField(max_length=8, choices=Level.choices, default=Level.NOTE)
    audience = models.CharField(max_length=10, choices=Audience.choices, default=Audience.EVERYBODY)
    plan = models.CharField(max_length=16, blank=True)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Announcement"]] = models.Manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("begins_at")), name="announcement_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=models.Q(audience="plan") ^ models.Q(plan=""), name="announcement_of_a_plan_names_it"
            ),
        )
        indexes = (models.Index(fields=["ends_at"], name="announcement_ending"),)

    def __str__(self) -> str:
        return self.text


class Dismissal(models.Model):
    """Somebody has read an announcement, and does not see it again."""

    announcement = models.ForeignKey(Announcement, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Dismissal"]] = models.Manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["person", "announcement"], name="dismissal_once"),)

    def __str__(self) -> str:
        return f"{self.announcement_id} by {self.person_id}"


class JobRun(models.Model):
    """The last run of a job, by the name of its task; what came before is in the logs."""

    class State(models.TextChoices):
        NEVER = "never", "Never yet"
        ASKED = "asked", "Asked for"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    name = models.CharField(max_length=80, primary_key=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.NEVER)
    asked_at = models.DateTimeField(null=True)
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    seconds = models.FloatField(null=True)
    said = models.CharField(max_length=300, blank=True, help_text="how far it is, what it did, or why it failed")

    objects: ClassVar[models.Manager["JobRun"]] = models.Manager()

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"
