"""Gathers static files where `whitenoise` serves them from, only when one has changed."""

import hashlib

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

# The browsable API, which we do not offer, and what of drf-spectacular's shelf the reference does not use.
UNUSED = ["rest_framework", "redoc", "swagger-ui-standalone-preset.js*", "oauth2-redirect.*"]


def collect() -> None:
    """Compressing them all takes seconds, looking at their dates takes milliseconds."""
    if settings.STATIC_FROM_SOURCES:
        return
    stamp = settings.STATIC_ROOT / ".stamp"
    state = _state()
    if stamp.exists() and stamp.read_text() == state:
        return
    again = settings.STATIC_ROOT.exists()
    call_command("collectstatic", interactive=False, verbosity=0, clear=again, ignore_patterns=UNUSED)
    stamp.write_text(state)


def _state() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list(UNUSED):
            digest.update(f"{name}{storage.get_modified_time(name).timestamp()}{storage.size(name)}".encode())
    return digest.hexdigest()
