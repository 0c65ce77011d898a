"""Says an audit entry in words. What has none of its own here is read off its name, and still reads well."""

from typing import Any

from accounts.models import AuditEntry

# "<who> …": what an action is called in a sentence. `{target}` and the names in an entry's detail may be used.
IN_WORKSPACES: dict[str, str] = {
    "adjustment.approved": "approved that {target} puts the credit right by {dollars}",
    "adjustment.asked": "asked for a colleague to put the credit right by {dollars}",
    "adjustment.refused": "refused to put the credit right by {dollars}, as {target} had asked",
    "card.removed": "removed the card {target}",
    "card.saved": "saved the card {target}",
    "collection.deleted": "deleted the collection {target}",
    "collection.hidden": "made the collection {target} private",
    "collection.link_changed": "changed the public link of the collection {target}",
    "collection.link_made": "gave the collection {target} a public link",
    "collection.link_revoked": "revoked the public link of the collection {target}",
    "collection.role_given": "made {target} {role} of the collection {of}",
    "collection.role_removed": "took {target} out of the collection {of}",
    "collection.shared": "shared the collection {target} with the workspace",
    "credit.adjusted": "put the credit right by {dollars}",
    "credit.bought": "bought credit of {dollars}",
    "credit.code_redeemed": "redeemed the promo code {target}, worth {dollars}",
    "credit.dispute_won": "got back {dollars} of credit, as a dispute was won",
    "credit.disputed": "lost credit of {dollars}, as a bank took the payment back",
    "credit.granted": "was given credit of {dollars}",
    "credit.paid_back": "paid back {dollars} of bought credit",
    "credit.pay_back_failed": "got back {dollars} of credit, as it could not be paid back",
    "credit.sent_back": "paid in {currency}, which was sent back",
    "credit.topped_up": "bought credit of {dollars} by automatic top-up",
    "customer.deleted": "deleted the workspace's account at the payment service",
    "entitlement.changed": "changed the grant of {target}, which now ends on {until}",
    "entitlement.granted": "gave the workspace {target} until {until}",
    "export.asked": "asked for an export of all data",
    "export.downloaded": "downloaded an export of all data",
    "generation.canceled": "stopped a generation: {reason}",
    "generation.requeued": "queued a generation again: {reason}",
    "invitation.created": "invited {target} as {role}",
    "invitation.not_sent": "could not invite {target}, as the mail was not taken",
    "invitation.revoked": "revoked the invitation of {target}",
    "key.changed": "changed the API key {target}",
    "key.created": "made the API key {target}",
    "key.limited": "changed the limits of the API key {target}",
    "key.revoked": "revoked the API key {target}",
    "key.rotated": "gave the API key {target} a new secret",
    "member.added": "added {target} as {role}",
    "member.joined": "joined as {role}, by {by}",
    "member.left": "left the workspace",
    "member.limits_changed": "changed what {target} may use",
    "member.removed": "removed {target} from the workspace",
    "member.role_changed": "made {target} {after} instead of {before}",
    "moderation.allowed": "allowed what was to be judged",
    "moderation.appealed": "objected to a decision of moderators",
    "moderation.blurred": "blurred a picture",
    "moderation.locked": "removed a picture, and keeps its maker from making more",
    "moderation.removed": "removed a picture",
    "moderation.second_look": "asked a second moderator to judge",
    "moderation.seen": "looked at a private picture that is to be judged",
    "moderation.warned": "removed a picture, and warned its maker",
    "picture.binned": "put {target} into the bin",
    "picture.deleted": "deleted {target} for good",
    "picture.hidden": "kept a picture to themselves",
    "picture.published": "showed a picture to everybody, in Explore",
    "picture.refunded": "gave back {dollars} for a picture",
    "picture.restored": "took {target} out of the bin",
    "picture.shared": "shared a picture with the workspace",
    "picture.unpublished": "took a picture out of Explore",
    "plan.changed": "changed the grant of the plan {target}, which now ends on {until}",
    "plan.chosen": "chose the plan {target}, paid by the {interval}",
    "plan.ended": "closed the plan {target}, as it was not paid for",
    "plan.granted": "gave the workspace the plan {target} until {until}",
    "sharing.exported": "exported {target} that the workspace shares, as a data set",
    "sharing.started": "turned data sharing on",
    "sharing.stopped": "turned data sharing off",
    "sharing.withdrawn": "took back everything that was shared",
    "subscription.changed": "changed the subscription of {target}",
    "subscription.created": "began the subscription of {target}",
    "subscription.disputed": "ended the subscription of {target}, as its payment was disputed",
    "subscription.doubled": "ended a second subscription of {target}, and paid back {dollars}",
    "subscription.ended": "ended the subscription of {target}",
    "top_up.changed": "changed automatic top-up",
    "top_up.failed": "could not buy credit of {dollars} by automatic top-up, and turned it off",
    "top_up.started": "turned automatic top-up on",
    "top_up.stopped": "turned automatic top-up off",
    "webhook.changed": "changed the webhook {target}",
    "webhook.created": "made the webhook {target}",
    "webhook.deleted": "deleted the webhook {target}",
    "webhook.gave_up": "turned the webhook {target} off, as for three days it only failed",
    "webhook.rotated": "gave the webhook {target} a new secret",
    "webhook.turned_off": "turned the webhook {target} off",
    "webhook.turned_on": "turned the webhook {target} on",
    "workspace.created": "made the workspace {target}",
    "workspace.defaults_changed": "changed what pictures begin as",
    "workspace.deleted": "deleted the workspace, as was asked",
    "workspace.deletion_asked": "asked for the workspace to be deleted",
    "workspace.deletion_canceled": "kept the workspace after all",
    "workspace.joining_changed": "changed who may join without an invitation",
    "workspace.logo_changed": "changed the logo",
    "workspace.renamed": "renamed the workspace to {target}",
    "workspace.transferred": "handed the workspace over to {target}",
}
OF_PEOPLE: dict[str, str] = {
    "account.deleted": "deleted an account, as its owner had asked",
    "account.deletion_asked": "asked for the account to be deleted",
    "account.deletion_canceled": "kept the account after all",
    "account.locked": "locked the account: {reason}",
    "account.logged_in": "logged in",
    "account.second_step_reset": "removed the second step: {reason}",
    "account.sessions_ended": "ended all sessions: {reason}",
    "account.unlocked": "unlocked the account: {reason}",
    "account.verified": "took {target} for proved: {reason}",
    "announcement.ended": "ended the announcement “{target}”",
    "announcement.made": "announced “{target}” until {until}",
    "authenticator_app.added": "set up an authenticator app",
    "authenticator_app.removed": "removed the authenticator app",
    "code.changed": "changed how long the promo code {target} can be used",
    "code.made": "made the promo code {target} for {dollars}",
    "connection.added": "connected {target}",
    "connection.removed": "disconnected {target}",
    "consent.given": "agreed: {target}",
    "consent.withdrawn": "no longer agrees: {target}",
    "email.changed": "changed the e-mail address to {target}",
    "email.confirmed": "proved the e-mail address {target}",
    "feature.switched": "switched {target}: {state}",
    "job.asked": "had a job run: {target}",
    "letter.read": "read a letter to {target}",
    "passkey.added": "added the passkey {target}",
    "passkey.removed": "removed the passkey {target}",
    "making.locked": "kept {target} from making pictures",
    "making.unlocked": "let {target} make pictures again",
    "password.changed": "changed the password",
    "password.reset": "set a new password by a mailed link",
    "price.set": "set the price of a {target} to {dollars} from {since}",
    "recovery_codes.added": "made recovery codes",
    "recovery_codes.made_anew": "made new recovery codes",
    "recovery_codes.removed": "removed the recovery codes",
    "rule.changed": "changed the rule {target}",
    "rule.created": "wrote the rule {target}",
    "rule.turned": "turned the rule {target} from {before} to {after}",
    "session.ended": "ended a session: {target}",
    "staff.acted": "did something at {target}",
    "staff.appointed": "made {target} {role} of the staff",
    "staff.closed": "closed a staff session",
    "staff.dismissed": "took {target} out of the staff",
    "staff.look_began": "began to look at the studio as {target}: {reason}",
    "staff.look_ended": "no longer looks at the studio as {target}",
    "staff.looked": "looked at the page {target}",
    "staff.noted": "wrote a note about {target}",
    "staff.opened": "opened a staff session: {target}",
    "stripe_event.replayed": "had the event {target} handled again",
    "support.allowed": "let staff see what is private, for a week",
    "support.refused": "no longer lets staff see what is private",
    "user.added": "made the account {target} in the admin",
    "user.changed": "changed the account {target} in the admin: {fields}",
    "worker.drained": "told the worker {target} to claim nothing more",
    "worker.resumed": "let the worker {target} go on",
}
DEEDS = IN_WORKSPACES | OF_PEOPLE


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
        _note(name, value)
        for name, value in entry.detail.items()
        if value not in (None, "") and f"{{{name}}}" not in pattern and name not in hidden
    ]


def _note(name: str, value: Any) -> tuple[str, str]:
    if name.endswith("_micros") and isinstance(value, int):
        return _words(name.removesuffix("_micros")), _dollars(value)
    said = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
    return _words(name), str(said)


def _dollars(micros: int) -> str:
    return f"{'-' if micros < 0 else ''}${abs(micros) / 1_000_000:,.2f}"


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """All known actions in workspaces by subject, each subject's list begun by one that means all of it."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for action in IN_WORKSPACES:
        subject = action.partition(".")[0]
        groups.setdefault(subject, [(f"{subject}.", f"{label(subject)}: everything")]).append((action, label(action)))
    return [(label(subject), group) for subject, group in groups.items()]


def _values(entry: AuditEntry) -> dict[str, Any]:
    values: dict[str, Any] = {**entry.detail, "target": entry.target or "it"}
    if isinstance(micros := entry.detail.get("micros"), int):
        values["dollars"] = _dollars(micros)
    return values


def _words(name: str) -> str:
    return name.replace("_", " ")
