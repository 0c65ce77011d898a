"""Generations, the feeds they belong to, what they start from, and messages still to be sent."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django_scopes import ScopedManager

from generation import catalog
from generation.models.batches import Batch


class Steered(models.Model):
    """What leads a picture; where nothing is said, its mode does."""

    negative = models.CharField(max_length=catalog.MAX_NEGATIVE, blank=True, help_text="words that it is led away from")
    guidance = models.FloatField(null=True, blank=True, help_text="how strongly it is led; null is the mode's own")
    variety = models.FloatField(null=True, blank=True, help_text="temperature of sampling; null is the mode's own")

    class Meta:
        abstract = True

    @property
    def steering(self) -> catalog.Steering:
        return catalog.Steering(self.negative, self.guidance, self.variety)


class Feed(Steered):  # type: ignore[django-manager-missing]  # `generations`: a manager made at run time
    """Pictures of one prompt after another, for as long as somebody looks on.

    Each picture is a generation of its own; `feed_index` counts them, and their seeds count up with it.
    """

    class State(models.TextChoices):
        RUNNING = "running"
        PAUSED = "paused"
        ENDED = "ended"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    prompt = models.TextField(max_length=catalog.MAX_PROMPT, help_text="of the next picture")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    seed = models.BigIntegerField(help_text="of the first picture")
    is_shared = models.BooleanField(default=True, help_text="what its pictures begin as")
    uses_credit = models.BooleanField(default=False, help_text="once the day's pictures of the plan are used up")

    state = models.CharField(max_length=16, choices=State.choices, default=State.RUNNING)
    asked = models.PositiveIntegerField(default=0, help_text="pictures asked for so far: the next one's index")
    seen = models.PositiveIntegerField(default=0, help_text="of these, how many the reader has come to")
    skipped = ArrayField(
        models.PositiveIntegerField(), default=list, blank=True, help_text="places that the reader does not want to see"
    )
    trouble = models.TextField(blank=True, help_text="why the next picture could not be asked for")
    last_seen = models.DateTimeField(auto_now_add=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["Feed"]] = ScopedManager(workspace="workspace")

    class Meta:
        indexes = (
            models.Index("workspace", F("created_at").desc(), name="feed_newest"),
            models.Index(fields=["last_seen"], condition=~Q(state="ended"), name="feed_open"),
        )

    def __str__(self) -> str:
        return f"feed {self.id}"

    @property
    def size(self) -> catalog.Size:
        return catalog.Size(self.width, self.height)

    @property
    def is_over(self) -> bool:
        """No more pictures will be asked for."""
        return self.state == self.State.ENDED


class Reference(models.Model):  # type: ignore[django-manager-missing]  # `generations`: a manager made at run time
    """A picture to start from, made ready for one size: uploaded, or an earlier one of the workspace.

    Its mask shows in white what is to be drawn anew; without one that is up to the kind of change.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    picture = models.ForeignKey(
        "Picture", null=True, on_delete=models.SET_NULL, related_name="+", help_text="the earlier one"
    )
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    image_key = models.CharField(max_length=200)
    mask_key = models.CharField(max_length=200, blank=True)
    byte_size = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["Reference"]] = ScopedManager(workspace="workspace")

    class Meta:
        indexes = (models.Index(fields=["workspace", "-created_at"], name="reference_newest"),)

    def __str__(self) -> str:
        return f"reference {self.id}"


class Generation(Steered):  # type: ignore[django-manager-missing]  # `pictures`: a manager made at run time
    """One request and its state. This row is the truth; queue messages and event streams only hint at it.

    `attempt` is the fencing token: it goes up with every claim, and a worker's later writes carry the one it got.
    """

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELED = "canceled"
        BLOCKED = "blocked"

    class Source(models.TextChoices):
        PAGE = "page"
        API = "api"

    class Change(models.TextChoices):
        """What is done to the reference: a region drawn anew, or a share of all positions."""

        EDIT = "edit"
        SUBTLE = "subtle", "Subtle variation"
        STRONG = "strong", "Strong variation"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    requested_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    api_key = models.ForeignKey("accounts.ApiKey", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    source = models.CharField(max_length=8, choices=Source.choices)
    feed = models.ForeignKey(Feed, null=True, blank=True, on_delete=models.SET_NULL, related_name="generations")
    feed_index = models.PositiveIntegerField(null=True, blank=True, help_text="its place in the feed, from 0")
    is_shared = models.BooleanField(default=True, help_text="with the workspace; else its maker alone sees it")
    is_data_shared = models.BooleanField(default=False, help_text="asked for while the workspace shared its data")

    reference = models.ForeignKey(
        Reference, null=True, blank=True, on_delete=models.SET_NULL, related_name="generations"
    )
    change = models.CharField(max_length=8, choices=Change.choices, blank=True)
    batch = models.ForeignKey(
        Batch, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="whose line it is"
    )
    # As the client sent it: its name for the request (null, not empty: unnamed ones are many), and what it was.
    idempotency_key = models.CharField(max_length=255, null=True, blank=True, editable=False)  # noqa: DJ001
    request_hash = models.CharField(max_length=64, blank=True, editable=False)
    end_user = models.CharField(max_length=64, blank=True, help_text="whom the client asked for, in its own words")

    mode = models.CharField(max_length=16)
    prompt = models.TextField(max_length=catalog.MAX_PROMPT)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    n = models.PositiveSmallIntegerField()
    seed = models.BigIntegerField()
    included = models.PositiveSmallIntegerField(default=0, help_text="how many, the first ones, are of the plan's day")
    is_free = models.BooleanField(default=False, help_text="of a free plan's day, which each person has once")
    price_micros = models.BigIntegerField(
        default=0, help_text="per delivered picture that is not included, in micro-dollars"
    )

    status = models.CharField(max_length=16, choices=Status.choices, default=Status.QUEUED)
    turn = models.FloatField(help_text="start tag in the fair order of the queue, smaller first")
    turn_end = models.FloatField(help_text="finish tag: where the workspace's next generation starts at the earliest")
    lanes = models.PositiveSmallIntegerField(help_text="generations of the workspace that may run at once")
    attempt = models.PositiveIntegerField(default=0)
    handed_back = models.PositiveIntegerField(default=0, help_text="attempts that a stopping worker gave back")
    worker = models.CharField(max_length=120, blank=True)
    model = models.CharField(max_length=60, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.TextField(blank=True)

    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    first_preview_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Generation"]] = ScopedManager(workspace="workspace")

    class Meta:
        indexes = (
            models.Index("workspace", F("created_at").desc(), name="generation_newest"),
            models.Index(
                fields=["status", "turn"], condition=Q(status__in=["queued", "running"]), name="generation_open"
            ),
            # The two ends that a new turn is reckoned from; batches have a line of their own behind all others.
            models.Index(fields=["turn"], condition=Q(started_at__isnull=False, batch=None), name="generation_served"),
            models.Index(
                fields=["turn"],
                condition=Q(started_at__isnull=False, batch__isnull=False),
                name="generation_batch_served",
            ),
            models.Index(fields=["workspace", "turn_end"], name="generation_turn_end"),
            # What a key spends in a month.
            models.Index(
                fields=["api_key", "created_at"], condition=Q(api_key__isnull=False), name="generation_of_key"
            ),
            # What is used of a day: of a workspace's plan, and of a person's free pictures.
            models.Index(fields=["workspace", "finished_at"], condition=Q(included__gt=0), name="generation_included"),
            models.Index(fields=["requested_by", "finished_at"], condition=Q(is_free=True), name="generation_free"),
            models.Index(
                fields=["workspace", "created_at"], condition=Q(is_data_shared=True), name="generation_data_shared"
            ),
            # What staff look through: all of a time, and what did not end well.
            models.Index(F("created_at").desc(), name="generation_all"),
            models.Index(
                "status",
                F("created_at").desc(),
                condition=Q(status__in=["failed", "canceled", "blocked"]),
                name="generation_ended_badly",
            ),
            # What a retry looks for.
            models.Index(fields=["api_key", "request_hash"], condition=~Q(request_hash=""), name="generation_sent"),
        )
        constraints = (
            models.CheckConstraint(
                condition=~Q(status="running") | Q(lease_until__isnull=False), name="generation_running_has_lease"
            ),
            models.UniqueConstraint(fields=["feed", "feed_index"], name="generation_one_a_place_in_a_feed"),
            models.CheckConstraint(condition=Q(included__lte=F("n")), name="generation_includes_its_own"),
            models.UniqueConstraint(fields=["api_key", "idempotency_key"], name="generation_one_a_request"),
            models.UniqueConstraint(
                fields=["workspace", "requested_by", "idempotency_key"],
                condition=Q(source="page"),
                name="generation_one_a_click",
            ),
        )

    def __str__(self) -> str:
        return f"{self.mode} {self.id}"

    @property
    def size(self) -> catalog.Size:
        return catalog.Size(self.width, self.height)

    @property
    def is_over(self) -> bool:
        """No more pictures will come."""
        return self.status not in (self.Status.QUEUED, self.Status.RUNNING)

    def seed_of(self, index: int) -> int:
        """The seed of picture `index`."""
        return catalog.seed_of(self.seed, index)

    def price_of(self, index: int) -> int:
        """What picture `index` costs, in micro-dollars: those of the plan come first, and cost nothing."""
        return 0 if index < self.included else self.price_micros

    def turn_of(self, index: int) -> float:
        """The place of picture `index` in the fair order: each takes its part of the generation's turn."""
        return self.turn + (self.turn_end - self.turn) * index / self.n


class Outbox(models.Model):
    """A task message that is still to be sent: written with the change that asks for it, deleted once sent.

    Tasks take one id and are idempotent, so a message that is sent twice does no harm.
    """

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    task = models.CharField(max_length=80)
    subject = models.UUIDField(help_text="the id that the task takes")
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["Outbox"]] = ScopedManager(workspace="workspace")

    class Meta:
        verbose_name_plural = "outbox"
        constraints = (models.UniqueConstraint(fields=["task", "subject"], name="outbox_one_message_a_subject"),)

    def __str__(self) -> str:
        return f"{self.task} {self.subject}"
