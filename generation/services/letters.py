"""E-mails that the site wrote into files, as it does where no mail server is given: what a developer looks into.

Letters hold links and codes that open accounts, so a list shows whom they are for and what about, and no more.
"""

import heapq
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.utils import timezone

NEWEST = 50
BETWEEN = b"\n" + b"-" * 79 + b"\n"
NAME = re.compile(r"[\w.-]+\.log")
MOST_BYTES = 2_000_000


@dataclass(frozen=True)
class Letter:
    name: str
    written_at: datetime
    to: str
    subject: str


def are_files() -> bool:
    """Whether letters are written into files here."""
    return str(settings.EMAIL_BACKEND).endswith("filebased.EmailBackend")


def newest() -> list[Letter]:
    """The last files, the newest first; a file is what one connection took, most often one letter."""
    return [letter for name in heapq.nlargest(NEWEST, _names()) for letter in _headers(name)]


def read(name: str) -> list[tuple[str, str, str]]:
    """(to, subject, text) of each letter in a file. Raises FileNotFoundError for no such."""
    if not NAME.fullmatch(name):
        raise FileNotFoundError(name)
    return [(str(one["to"]), str(one["subject"]), _text(one)) for one in _messages(name)]


def _names() -> Iterator[str]:
    folder = Path(settings.EMAIL_FILE_PATH)
    if folder.is_dir():
        with os.scandir(folder) as entries:
            yield from (entry.name for entry in entries if NAME.fullmatch(entry.name))


def _headers(name: str) -> Iterator[Letter]:
    written = datetime.fromtimestamp(_path(name).stat().st_mtime, timezone.get_default_timezone())
    for one in _messages(name):
        yield Letter(name, written, masked(str(one["to"])), str(one["subject"]))


def masked(address: str) -> str:
    """As in "a…@example.org"."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}…{at}{domain}" if at else address


def _messages(name: str) -> Iterator[EmailMessage]:
    with _path(name).open("rb") as file:
        text = file.read(MOST_BYTES)
    for part in (b"\n" + text).split(BETWEEN):
        if part.strip():
            yield message_from_bytes(part.lstrip(b"\n"), policy=policy.default)


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    return str(body.get_content()) if body else ""


def _path(name: str) -> Path:
    return Path(settings.EMAIL_FILE_PATH) / name
