"""Texts that are stored encrypted: a copy of the database alone gives them to nobody."""

import base64
import hashlib

from cryptography.fernet import Fernet
from django.conf import settings


def of(purpose: str) -> Fernet:
    """What seals and opens the texts of one purpose, by a key of its own made from SECRET_KEY."""
    digest = hashlib.sha256(purpose.encode() + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
