"""Says an audit entry in words. What has none of its own here is read off its name, and still reads well."""

from typing import Any

from accounts.models import AuditEntry

# "<who> …": what an action is called in a sentence. `{target}` and the names in an entry's detail may be used.
DEEDS: dict[str, str] = {
    "account.created": "signed up",
    "account.login": "logged in",
    "account.logged_in": "logged in",
    "account.login_failed": "failed to log in",
    "account.logged_out": "logged out",
    "account.deletion_asked": "asked for the account {target} to be deleted",
    "account.deletion_canceled": "kept the account {target} after all",
    "account.deleted": "deleted an account, as its owner had asked",
    "key.created": "made the API key {target}",
    "key.rotated": "gave the API key {target} a new secret",
    "key.revoked": "revoked the API key {target}",
    "credit.granted": "was given credit of {dollars}",
    "export.asked": "asked for an export of all data",
    "export.downloaded": "downloaded an export of all data",
    "invitation.created": "invited {target}",
    "invitation.accepted": "accepted the invitation of {target}",
    "invitation.revoked": "revoked the invitation of {target}",
    "member.added": "added {target} as {role}",
    "member.joined": "joined as {role}",
    "member.left": "left the workspace",
    "member.removed": "removed {target} from the workspace",
    "plan.granted": "gave the workspace the plan {target} until {until}",
    "plan.changed": "changed the grant of the plan {target}, which now ends on {until}",
    "workspace.created": "made the workspace {target}",
    "workspace.deleted": "deleted the workspace, as was asked",
    "workspace.deletion_asked": "asked for the workspace to be deleted",
    "workspace.deletion_canceled": "kept the workspace after all",
    "workspace.transferred": "handed the workspace over to {target}",
}


def predicate(entry: AuditEntry) -> str:
    """What was done, as it follows after who did it."""
    values = _values(entry)
    if (pattern := DEEDS.get(entry.action)) is not None:
        try:
            return pattern.format(**values)
        except (KeyError, IndexError, ValueError):
            # An entry of an older release may lack what is said today.
            pass
    subject, _, verb = entry.action.partition(".")
    said = f"{_words(verb) or 'changed'} {_words(subject)}"
    return f"{said}: {entry.target}" if entry.target else said


def label(action: str) -> str:
    """The action by itself, as in a list to choose from."""
    subject, _, verb = action.partition(".")
    words = f"{_words(subject)} {_words(verb)}".strip()
    return words[:1].upper() + words[1:]


def who(entry: AuditEntry) -> str:
    """Who did it; the site itself, where it was no person."""
    return entry.actor.get_full_name() if entry.actor else "Aurora"


def notes(entry: AuditEntry) -> list[tuple[str, str]]:
    """What else the entry holds, that its sentence does not say."""
    pattern = DEEDS.get(entry.action, "")
    hidden = {"about", *({"micros"} if "{dollars}" in pattern else ())}
    return [
        (_words(name), str(value))
        for name, value in entry.detail.items()
        if value not in (None, "") and f"{{{name}}}" not in pattern and name not in hidden
    ]


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """All known actions by subject, each subject's list begun by one that means all of it."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for action in sorted(DEEDS):
        subject = action.partition(".")[0]
        groups.setdefault(subject, [(f"{subject}.", f"{label(subject)}: everything")]).append((action, label(action)))
    return [(label(subject), group) for subject, group in groups.items()]


def _values(entry: AuditEntry) -> dict[str, Any]:
    values: dict[str, Any] = {**entry.detail, "target": entry.target or "it"}
    if isinstance(micros := entry.detail.get("micros"), int):
        values["dollars"] = f"${micros / 1_000_000:,.2f}"
    return values


def _words(name: str) -> str:
    return name.replace("_", " ").replace("api key", "API key")
