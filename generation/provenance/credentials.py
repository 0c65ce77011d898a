"""Signs pictures with content credentials, and reads those of any file. Nothing in them is about a person.

`sign` is for what the model drew, `carry_over` for the same picture in another format, which names its source as the
parent. A file that goes out is signed by one of the two, so each of them raises rather than give back one that is not.
"""

import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import c2pa
from django.utils.dateparse import parse_datetime

from generation.provenance import note
from generation.provenance.certificate import Identity, identity

NAME = "Aurora"
QUIET = {
    # What was done is said by us, the signer, and not gathered from somewhere.
    "builder": {"thumbnail": {"enabled": False}, "created_assertion_labels": ["c2pa.actions", "c2pa.actions.v2"]},
    "verify": {"verify_after_sign": False},
}
CHANGED = "assertion.dataHash.mismatch"


class Unsigned(Exception):
    """The file could not be signed."""


def sign(png: bytes, *, model: str, source: str = note.DRAWN) -> bytes:
    """The PNG with an XMP note and signed credentials. Raises Unsigned."""
    action = {
        "action": "c2pa.created",
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "softwareAgent": {"name": model},
        "digitalSourceType": source,
    }
    noted = note.in_png(png, note.packet(model=model, source=source))
    return _signed(_builder([action]), noted, "image/png")


def carry_over(data: bytes, media_type: str, *, parent: bytes) -> bytes:
    """`data`, the picture of the PNG `parent` written anew, signed as made of it. Raises Unsigned."""
    builder = _builder([])
    try:
        builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
        builder.add_ingredient({"relationship": "parentOf"}, "image/png", io.BytesIO(parent))
        builder.add_action({"action": "c2pa.transcoded"})
    except c2pa.C2paError as error:
        raise Unsigned(str(error)) from error
    return _signed(builder, data, media_type)


def _builder(actions: list[dict[str, Any]]) -> c2pa.Builder:
    assertions = [{"label": "c2pa.actions.v2", "data": {"actions": actions}}] if actions else []
    manifest = {"claim_generator_info": [{"name": NAME}], "assertions": assertions}
    try:
        return c2pa.Builder(json.dumps(manifest), c2pa.Context(c2pa.Settings.from_dict(QUIET)))
    except c2pa.C2paError as error:
        raise Unsigned(str(error)) from error


def _signed(builder: c2pa.Builder, data: bytes, media_type: str) -> bytes:
    target = io.BytesIO()
    try:
        with builder, _signer(identity()) as signer:
            builder.sign(signer, media_type, io.BytesIO(data), target)
    except c2pa.C2paError as error:
        raise Unsigned(str(error)) from error
    return target.getvalue()


def _signer(own: Identity) -> c2pa.Signer:
    info = c2pa.C2paSignerInfo(
        alg=own.algorithm.encode(), sign_cert=own.chain.encode(), private_key=own.key.encode(), ta_url=None
    )
    return c2pa.Signer.from_info(info)


class Verdict(StrEnum):
    """What a file says of itself, and whether that can be believed."""

    OURS = "ours"
    CHANGED = "changed"  # ours once, and another picture now
    FOREIGN = "foreign"  # somebody else's credentials
    BROKEN = "broken"  # credentials that do not hold together
    NONE = "none"


@dataclass(frozen=True)
class Found:
    """What the credentials of a file say; of ours alone it is to be believed."""

    verdict: Verdict
    model: str = ""
    made_at: datetime | None = None
    signer: str = ""
    is_composite: bool = False
    is_converted: bool = False


def read(data: bytes, media_type: str) -> Found:
    """The credentials of a picture in a file; never raises for what the file holds."""
    own = identity()
    try:
        trust = {"verify": {"verify_trust": True}, "trust": {"user_anchors": own.anchors}}
        context = c2pa.Context(c2pa.Settings.from_dict(trust))
        with c2pa.Reader(media_type, io.BytesIO(data), context=context) as reader:
            told = json.loads(reader.json())
    except c2pa.C2paError.ManifestNotFound:  # type: ignore[attr-defined]  # set on the class at run time
        return Found(Verdict.NONE)
    except (c2pa.C2paError, ValueError):
        return Found(Verdict.BROKEN)
    return _found(told, own)


def _found(told: dict[str, Any], own: Identity) -> Found:
    manifests = told.get("manifests", {})
    active = manifests.get(told.get("active_manifest"), {})
    created = next((act for one in manifests.values() if (act := _created(one))), {})
    signer = active.get("signature_info", {})
    return Found(
        verdict=_verdict(told, signed_by_us=signer.get("cert_serial_number") in own.serials),
        model=str(created.get("softwareAgent", {}).get("name", "")),
        made_at=_time(created.get("when")),
        signer=str(signer.get("issuer") or ""),
        is_composite=created.get("digitalSourceType") == note.COMPOSITE,
        is_converted=len(manifests) > 1,
    )


def _verdict(told: dict[str, Any], *, signed_by_us: bool) -> Verdict:
    results = told.get("validation_results", {}).get("activeManifest", {})
    good = {entry.get("code") for entry in results.get("success", [])}
    bad = {entry.get("code") for entry in results.get("failure", [])}
    if signed_by_us and {"signingCredential.trusted", "claimSignature.validated"} <= good:
        return Verdict.OURS if not bad else Verdict.CHANGED if CHANGED in bad else Verdict.BROKEN
    return Verdict.FOREIGN if "claimSignature.validated" in good and CHANGED not in bad else Verdict.BROKEN


def _created(manifest: dict[str, Any]) -> dict[str, Any] | None:
    for assertion in manifest.get("assertions", []):
        if str(assertion.get("label", "")).startswith("c2pa.actions"):
            for action in assertion.get("data", {}).get("actions", []):
                if action.get("action") == "c2pa.created":
                    return dict(action)
    return None


def _time(text: object) -> datetime | None:
    try:
        return parse_datetime(text) if isinstance(text, str) else None
    except ValueError:
        return None
