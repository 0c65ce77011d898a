"""Who may come to which address of the site, for the test of all of them. An address without a rule here fails."""

from dataclasses import dataclass, field
from typing import Any

from accounts.permissions import Action


@dataclass(frozen=True)
class Rule:
    """`who` may come in: an Action (members by the table), "maker" (whose it is), "self", "everybody" or "key"."""

    who: Action | str
    post: dict[str, Any] | None = None  # sent instead of reading
    thing: str = ""  # which of Alice's things `pk` or another part of the address names
    allowed: tuple[int, ...] = (200, 204, 302)
    values: dict[str, Any] = field(default_factory=dict)  # of other parts of the address


def everybody(**options: Any) -> Rule:
    return Rule("everybody", allowed=(200, 204, 301, 302, 401, 404, 405, 410), **options)


ENTRANCES = [
    "account_login", "account_logout", "account_inactive", "account_signup", "account_email_verification_sent",
    "account_confirm_email", "account_reset_password", "account_reset_password_done",
    "account_reset_password_from_key", "account_reset_password_from_key_done", "account_confirm_login_code",
    "account_request_login_code", "mfa_authenticate", "mfa_login_webauthn", "socialaccount_login_cancelled",
    "socialaccount_login_error", "socialaccount_signup", "accounts/social/login/cancelled/",
    "accounts/social/login/error/", "accounts/social/signup/", "accounts/social/connections/", "accounts:invite",
]  # fmt: skip
OWN = [
    "account_reauthenticate", "account_email", "account_change_password", "account_set_password", "mfa_index",
    "mfa_reauthenticate", "mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes", "mfa_download_recovery_codes", "mfa_list_webauthn", "mfa_add_webauthn",
    "mfa_reauthenticate_webauthn", "mfa_remove_webauthn", "mfa_edit_webauthn", "socialaccount_connections",
    "usersessions_list", "accounts:profile", "accounts:workspaces", "accounts:new_workspace",
]  # fmt: skip
RULES: dict[str, Rule] = {
    **{
        name: everybody()
        for name in (
            "pages:home",
            "pages:plans",
            "pages:docs",
            "pages:docs_reference",
            "api-openapi",
            "pages:explore",
            "pages:compare",
            "pages:verify",
            *ENTRANCES,
        )
    },
    **{name: Rule("self", allowed=(200, 302, 403, 404)) for name in OWN},
    "accounts:support": Rule("self", post={"on": "1"}),
    "accounts:theme": everybody(post={"theme": "dark"}),
    "accounts:dismiss": Rule("self", post={}, allowed=(404,)),
    "accounts:end_session": Rule("self", post={}, allowed=(302, 404)),
    "accounts:avatar": everybody(thing="bob"),
    "accounts:join": Rule("self", post={}, allowed=(404,)),
    "accounts:accept_invitation": Rule("self", post={}, allowed=(404,)),
    **{name: Rule("self") for name in ("accounts:activity", "accounts:data", "accounts:delete_account")},
    "accounts:export": Rule("self", post={}),
    "accounts:download": Rule("maker", thing="own_export"),
    "accounts:keep_account": Rule("self", post={}),
    "accounts:audit": Rule(Action.SEE_AUDIT),
    "accounts:audit_csv": Rule(Action.SEE_AUDIT),
    "accounts:workspace_data": Rule(Action.EXPORT),
    "accounts:workspace_export": Rule(Action.EXPORT, post={}),
    "accounts:workspace_download": Rule(Action.EXPORT, thing="export"),
    "accounts:delete_workspace": Rule(Action.DELETE),
    "accounts:keep_workspace": Rule(Action.DELETE, post={}),
    "billing:webhook": Rule("everybody", post={}, allowed=(400,)),
    **{
        f"billing:{name}": Rule(Action.SEE_MONEY)
        for name in ("overview", "statement", "statement_csv", "statement_pdf", "credits")
    },
    "billing:choose": Rule(Action.MANAGE_MONEY, post={"plan": "team"}),
    "billing:change": Rule(Action.MANAGE_MONEY, allowed=(302, 400)),
    "billing:portal": Rule(Action.MANAGE_MONEY, post={}),
    "billing:done": Rule(Action.SEE_MONEY, allowed=(404,)),
    "billing:back": Rule(Action.SEE_MONEY),
    "media": everybody(values={"key": "ws/x.png"}),
    "pages:workspace": Rule(Action.SEE),
    "pages:create": Rule(Action.SEE),
    "pages:gallery": Rule(Action.SEE),
    "pages:generation": Rule(Action.SEE, thing="generation"),
    "pages:picture": Rule(Action.SEE, thing="picture"),
    "pages:download": Rule(Action.SEE, thing="picture", allowed=(404,)),  # its file is not there
    "pages:edit_region": Rule(Action.CREATE, thing="picture"),
    "pages:explored": everybody(thing="picture"),
    "pages:remix": everybody(post={}, thing="picture"),
    "pages:public_collection": everybody(values={"token": "x"}),
    "pages:publish": Rule("maker", post={"publish": "0"}, thing="picture"),
    "pages:collections": Rule(Action.SEE),
    "pages:collection_add": Rule(Action.CREATE, post={}, allowed=(400,)),
    "pages:collection": Rule("maker", thing="collection"),
    "pages:collection_settings": Rule("maker", thing="collection"),
    **{
        f"pages:collection_{what}": Rule("maker", post={}, thing="collection", allowed=(302, 400))
        for what in ("cover", "move", "remove", "role", "link", "delete")
    },
    "pages:report": Rule(Action.SEE, thing="picture"),
    "pages:decisions": Rule(Action.SEE),
    "pages:decision": Rule("maker", thing="verdict"),
    "pages:cancel": Rule("maker", post={}, thing="generation"),
    **{f"pages:{name}": Rule(Action.CREATE) for name in ("prompts", "expand")},
    **{f"pages:prompt_{name}": Rule("maker", post={"name": "x"}, thing="prompt") for name in ("rename", "delete")},
    "pages:feed_skip": Rule("maker", post={"place": "0"}, thing="feed"),
    "pages:retry": Rule("maker", post={}, thing="generation"),
    "pages:vary": Rule(Action.CREATE, post={"strength": "subtle"}, thing="picture"),
    "pages:share": Rule("maker", post={"share": "private"}, thing="generation"),
    "pages:chosen": Rule(Action.SEE, post={"do": "favourite"}),
    "pages:bin_page": Rule(Action.SEE),
    "pages:zip": Rule("maker", thing="zip"),
    "pages:zip_file": Rule("maker", thing="zip"),
    "pages:mark": Rule(Action.SEE, post={"rating": "3"}, thing="picture"),
    "pages:bin": Rule("maker", post={}, thing="picture"),
    "pages:restore": Rule(Action.SEE, post={}, thing="picture"),
    "pages:feeds": Rule(Action.CREATE, post={"prompt": "a cat", "mode": "speed", "share": "shared"}),
    "pages:feed": Rule("maker", thing="feed"),
    "pages:feed_read": Rule("maker", post={"seen": "0"}, thing="feed"),
    "pages:feed_prompt": Rule("maker", post={"prompt": "a dog"}, thing="feed"),
    "pages:feed_pause": Rule("maker", post={}, thing="feed"),
    "pages:feed_end": Rule("maker", post={}, thing="feed"),
    "accounts:settings": Rule(Action.MANAGE_SETTINGS),
    "accounts:set_logo": Rule(Action.MANAGE_SETTINGS, post={}, allowed=(200, 302, 422)),
    "accounts:logo": Rule(Action.SEE, allowed=(404,)),
    "pages:defaults": Rule(Action.MANAGE_SETTINGS),
    "accounts:members": Rule(Action.SEE_MEMBERS),
    "accounts:member": Rule(Action.SEE_MEMBERS, thing="bob"),
    "pages:limits": Rule(Action.MANAGE_MEMBERS, post={}, thing="bob", allowed=(200, 302, 422)),
    "accounts:remove_member": Rule(Action.MANAGE_MEMBERS, post={}, thing="bob"),
    "accounts:transfer": Rule(Action.TRANSFER, post={}, thing="bob", allowed=(200, 302, 422)),
    "accounts:leave": Rule(Action.SEE, post={}, allowed=(200, 302, 409, 422)),
    "accounts:invitations": Rule(Action.INVITE),
    "accounts:invite_by_mail": Rule(Action.INVITE, post={}, allowed=(200, 302, 422)),
    "accounts:invite_by_link": Rule(Action.INVITE, post={}, allowed=(200, 302, 422)),
    "accounts:revoke_invitation": Rule(Action.INVITE, post={}, thing="invitation"),
    "accounts:join_domain": Rule(Action.INVITE, post={}, allowed=(200, 302, 422)),
    "pages:usage": Rule(Action.SEE),
    "pages:usage_csv": Rule(Action.SEE),
    **{
        f"pages:{name}": Rule(Action.USE_KEYS)
        for name in ("keys", "key_new", "developers", "requests", "requests_csv", "playground", "api_limits", "batches")
    },
    "pages:key_rotate": Rule("maker", thing="key"),
    "pages:key_limits": Rule(Action.MANAGE_KEYS, thing="key"),
    "pages:key_revoke": Rule("maker", post={}, thing="key"),
    "pages:request": Rule("maker", thing="call"),
    "pages:webhooks": Rule(Action.MANAGE_KEYS),
    "pages:webhook_new": Rule(Action.MANAGE_KEYS),
    "pages:webhook": Rule(Action.MANAGE_KEYS, thing="hook"),
    "pages:webhook_edit": Rule(Action.MANAGE_KEYS, thing="hook"),
    "pages:webhook_rotate": Rule(Action.MANAGE_KEYS, thing="hook"),
    "pages:webhook_switch": Rule(Action.MANAGE_KEYS, post={"on": "0"}, thing="hook"),
    "pages:webhook_test": Rule(Action.MANAGE_KEYS, post={}, thing="hook"),
    "pages:webhook_delete": Rule(Action.MANAGE_KEYS, post={}, thing="hook"),
    "pages:webhook_replay": Rule(Action.MANAGE_KEYS, post={}, thing="delivery"),
    "pages:batch_cancel": Rule("maker", post={}, thing="batch"),
    "batch_results": Rule("maker", thing="batch"),
    "api-batches": Rule("key", post={"requests": []}),
    "api-batch": Rule("key", thing="batch"),
    "api-batch-cancel": Rule("key", post={}, thing="batch"),
    "api-batch-results": Rule("key", thing="batch"),
    "api-video-generations": Rule("key", post={"prompt": "a cat"}),
    "api-image-generations": Rule("key", post={"prompt": "a cat"}),
    "api-image-edits": Rule("key", post={"prompt": "a cat"}),
    "api-image-variations": Rule("key", post={}),
    **{name: Rule("key") for name in ("api-usage", "api-credits", "api-models", "api-video")},
    "api-model": Rule("key", values={"name": "aurora"}),
    "billing:buy_credit": Rule(Action.MANAGE_MONEY, post={}, allowed=(302, 422)),
    "billing:credit_done": Rule(Action.SEE_MONEY, allowed=(404,)),
    "billing:redeem": Rule(Action.MANAGE_MONEY, post={}, allowed=(302, 422)),
    "billing:top_up": Rule(Action.MANAGE_MONEY),
    "billing:card_saved": Rule(Action.MANAGE_MONEY),
    "billing:new_card": Rule(Action.MANAGE_MONEY, post={}),
    "billing:remove_card": Rule(Action.MANAGE_MONEY, post={}),
    "billing:sharing": Rule(Action.MANAGE_SETTINGS),
    "billing:stop_sharing": Rule(Action.MANAGE_SETTINGS, post={}),
    "billing:withdraw_shared": Rule(Action.MANAGE_SETTINGS, post={}, allowed=(302, 422)),
    "pages:docs_page": everybody(values={"slug": "errors"}),
    "pages:manifest": everybody(),
    "v1/": Rule("everybody", allowed=(404,)),
}
