import base64
import hashlib
import hmac
import time


def is_from_aurora(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Whether a webhook was signed with the endpoint's secret in the last five minutes."""
    sent_at = headers["webhook-timestamp"]
    if abs(time.time() - int(sent_at)) > 300:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{sent_at}.".encode() + body
    expected = b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    given = headers["webhook-signature"].encode().split()
    return any(hmac.compare_digest(expected, one) for one in given)
