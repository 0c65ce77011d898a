"""System checks: settings that are each fine alone and wrong together. `manage.py check` and every command run them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.utils import timezone

from generation.provenance import certificate

WEAK_KEY_LENGTH = 32
LIVE_KEYS = ("sk_live_", "rk_live_")
S3_NAMES = ("S3_ENDPOINT_URL", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY")


@register(Tags.security)
def secret_key_is_strong(**_: Any) -> list[CheckMessage]:
    key = settings.SECRET_KEY
    if len(key) >= WEAK_KEY_LENGTH and len(set(key)) > 10:
        return []
    hint = "Unset it to let Aurora make one, or: python -c 'import secrets; print(secrets.token_urlsafe(50))'"
    return [Error(f"SECRET_KEY is weak: it needs {WEAK_KEY_LENGTH} random characters.", hint=hint, id="aurora.E001")]


@register(Tags.security)
def debug_is_for_one_machine(**_: Any) -> list[CheckMessage]:
    if not settings.DEBUG or not (settings.HTTPS or settings.S3_BUCKET):
        return []
    return [Error("DEBUG is on together with https or S3: it shows settings and code to visitors.",
                  hint="Unset DEBUG.", id="aurora.E002")]  # fmt: skip


@register(Tags.files)
def s3_is_whole_or_absent(**_: Any) -> list[CheckMessage]:
    if settings.S3_BUCKET:
        # Without keys the machine's own role is used; one of the two alone is a slip.
        if bool(settings.S3_ACCESS_KEY_ID) == bool(settings.S3_SECRET_ACCESS_KEY):
            return []
        problem = "One of S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY is missing."
        return [Error(problem, hint="Give both.", id="aurora.E003")]
    given = [name for name in S3_NAMES if getattr(settings, name)]
    if not given:
        return []
    return [Error(f"{' and '.join(given)} given without S3_BUCKET.", hint="Give S3_BUCKET as well, or none of them.",
                  id="aurora.E004")]  # fmt: skip


@register(Tags.files)
def weights_are_there(**_: Any) -> list[CheckMessage]:
    """Whether they are whole is found by the worker, which alone reads them."""
    folder = settings.AURORA_WEIGHTS
    if folder is None or (folder.is_dir() and any(folder.glob("*.safetensors"))):
        return []
    return [Error(f"AURORA_WEIGHTS={folder} holds no *.safetensors file.",
                  hint="Unset it to use the weights that come with Aurora.", id="aurora.E005")]  # fmt: skip


@register(Tags.database)
def database_role_is_held_by_the_walls(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """`migrate` asks this too, so that no site starts on a role that sees through row-level security."""
    if not databases:
        return []
    with connections[databases[0]].cursor() as cursor:
        cursor.execute("select rolname, rolsuper or rolbypassrls from pg_roles where rolname = current_user")
        role, sees_through = cursor.fetchone()
    if not sees_through:
        return []
    problem = f"The database role {role} is a superuser or has BYPASSRLS: the walls between workspaces do not hold it."
    hint = (
        "Give DATABASE_URL a role of its own that owns the database: create role aurora login nosuperuser nobypassrls."
    )
    return [Error(problem, hint=hint, id="aurora.E006")]


@register(Tags.security)
def mail_leaves_a_public_site(**_: Any) -> list[CheckMessage]:
    if not settings.HTTPS or settings.EMAIL_HOST:
        return []
    problem = f"Mail is written to files in {settings.EMAIL_FILE_PATH}, where users of a public site never see it."
    return [Warning(problem, hint="Set EMAIL_HOST (and EMAIL_HOST_USER, EMAIL_HOST_PASSWORD).", id="aurora.W001")]


@register(Tags.files)
def pictures_can_be_signed(**_: Any) -> list[CheckMessage]:
    """One of our own is made when it is first needed, and always fits."""
    if not (settings.AURORA_C2PA_CERT or settings.AURORA_C2PA_KEY):
        if not settings.HTTPS:
            return []
        problem = "Files are signed with a test certificate, which no program outside trusts."
        return [Warning(problem, hint="Set AURORA_C2PA_CERT and AURORA_C2PA_KEY.", id="aurora.W003")]
    try:
        expires = certificate.identity().expires
    except ImproperlyConfigured as error:
        return [Error(str(error), hint="See docs/runbook.md, AURORA_C2PA_CERT.", id="aurora.E010")]
    if expires > timezone.now() + timedelta(days=30):
        return []
    return [Warning(f"AURORA_C2PA_CERT ends on {expires:%d %B %Y}.", hint="Get another one, and move this one to "
                    "AURORA_C2PA_OLD_CERTS.", id="aurora.W004")]  # fmt: skip


@register(Tags.security)
def stripe_is_whole_or_absent(**_: Any) -> list[CheckMessage]:
    """A live key is for Stripe itself alone, on a site that nobody can listen to."""
    key, live = settings.STRIPE_SECRET_KEY, settings.STRIPE_SECRET_KEY.startswith(LIVE_KEYS)
    found: list[CheckMessage] = []
    if live and settings.STRIPE_API_BASE:
        problem = "STRIPE_SECRET_KEY is a live key, but STRIPE_API_BASE sends it somewhere else than to Stripe."
        found.append(Error(problem, hint="Unset STRIPE_API_BASE.", id="aurora.E007"))
    if key and not settings.STRIPE_WEBHOOK_SECRET:
        problem = "STRIPE_SECRET_KEY is given without STRIPE_WEBHOOK_SECRET: what Stripe tells would be refused."
        hint = "Register BASE_URL/billing/stripe/webhook at Stripe and give its secret, which begins with whsec_."
        found.append(Error(problem, hint=hint, id="aurora.E008"))
    if settings.STRIPE_API_BASE and not key:
        found.append(Error("STRIPE_API_BASE is given without STRIPE_SECRET_KEY.", hint="Give both, or neither.",
                           id="aurora.E009"))  # fmt: skip
    if live and not settings.HTTPS:
        problem = f"STRIPE_SECRET_KEY is a live key, but people reach this site by {settings.BASE_URL}, without https."
        found.append(Warning(problem, hint="Set BASE_URL=https://….", id="aurora.W002"))
    return found
