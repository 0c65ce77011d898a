"""What files are signed with: the operator's certificate and key, or a test certificate of our own."""

import contextlib
import functools
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

YEARS = 10
BEGIN = "-----BEGIN"
EC_ALGORITHMS = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}


@dataclass(frozen=True)
class Identity:
    """`chain` is PEM, the signing certificate first, then its issuer's; `algorithm` as C2PA names it.

    What was signed by one of `serials`, issued below one of `anchors` (PEM), is ours.
    """

    chain: str
    key: str
    algorithm: str
    anchors: str
    serials: frozenset[str]
    expires: datetime


def identity() -> Identity:
    """Raises ImproperlyConfigured where a certificate is given that cannot be used."""
    return _read(settings.AURORA_C2PA_CERT, settings.AURORA_C2PA_KEY, settings.AURORA_C2PA_OLD_CERTS)


@functools.lru_cache(maxsize=4)
def _read(cert: str, key: str, old: str) -> Identity:
    if bool(cert) != bool(key):
        raise ImproperlyConfigured("One of AURORA_C2PA_CERT and AURORA_C2PA_KEY is missing: give both, or neither.")
    chain, secret = (_pem("AURORA_C2PA_CERT", cert), _pem("AURORA_C2PA_KEY", key)) if cert else _own()
    try:
        given = x509.load_pem_x509_certificates(chain.encode())
        known = given + (x509.load_pem_x509_certificates(_pem("AURORA_C2PA_OLD_CERTS", old).encode()) if old else [])
        private = serialization.load_pem_private_key(secret.encode(), password=None)
    except (ValueError, TypeError) as error:
        problem = f"AURORA_C2PA_CERT, AURORA_C2PA_KEY or AURORA_C2PA_OLD_CERTS is no PEM that can be read: {error}"
        raise ImproperlyConfigured(problem) from error
    if given[0].public_key() != private.public_key():
        raise ImproperlyConfigured("AURORA_C2PA_KEY does not belong to the first certificate of AURORA_C2PA_CERT.")
    issuers = [one for one in known if _is_issuer(one)]
    if not any(_is_issuer(one) for one in given[1:]):
        raise ImproperlyConfigured("AURORA_C2PA_CERT must hold the certificate of its issuer too, after its own.")
    return Identity(
        chain=chain,
        key=secret,
        algorithm=_algorithm(private),
        anchors="".join(_text(one) for one in issuers),
        serials=frozenset(str(one.serial_number) for one in known if one not in issuers),
        expires=given[0].not_valid_after_utc,
    )


def _is_issuer(one: x509.Certificate) -> bool:
    try:
        return bool(one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except x509.ExtensionNotFound:
        return False


def _text(one: x509.Certificate) -> str:
    return one.public_bytes(serialization.Encoding.PEM).decode()


def _algorithm(key: PrivateKeyTypes) -> str:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in EC_ALGORITHMS:
        return EC_ALGORITHMS[key.curve.name]
    if isinstance(key, rsa.RSAPrivateKey):
        return "ps256"
    raise ImproperlyConfigured("AURORA_C2PA_KEY is of a kind that C2PA does not sign with; use Ed25519, P-256 or RSA.")


def _pem(name: str, given: str) -> str:
    """The text itself, or that of the file that it names."""
    if given.startswith(BEGIN):
        return given.strip() + "\n"
    try:
        return Path(given).read_text()
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(f"{name} is neither PEM nor a file that can be read.") from error


def _own() -> tuple[str, str]:
    """The certificate and key that this installation made for itself (var/c2pa.pem, mode 600)."""
    path = settings.AURORA_VAR / "c2pa.pem"
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_once(path, "".join(make()))
        chain, _, key = path.read_text().partition(f"{BEGIN} PRIVATE KEY")
    except OSError as error:
        problem = f"{path} cannot be used ({error.strerror}): give AURORA_C2PA_CERT and AURORA_C2PA_KEY."
        raise ImproperlyConfigured(problem) from error
    return chain, f"{BEGIN} PRIVATE KEY{key}"


def _write_once(path: Path, text: str) -> None:
    """Readable by its owner alone; of two first uses at once both end with the same whole file."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".c2pa") as file:
        file.write(text)
        file.flush()
        with contextlib.suppress(FileExistsError):
            os.link(file.name, path)


def make() -> tuple[str, str]:
    """A chain of two test certificates, and the key of the first: C2PA takes none that has signed itself."""
    root_key, key = ed25519.Ed25519PrivateKey.generate(), ed25519.Ed25519PrivateKey.generate()
    root = _certificate("Aurora test root", root_key.public_key(), root_key, is_root=True)
    leaf = _certificate("Aurora test signer", key.public_key(), root_key, is_root=False)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain = _text(leaf) + _text(root)
    return chain, secret.decode()


def _certificate(
    name: str, key: ed25519.Ed25519PublicKey, signed_by: ed25519.Ed25519PrivateKey, *, is_root: bool
) -> x509.Certificate:
    """With the extensions that the C2PA specification asks for ("Certificate profile")."""
    now, signer = datetime.now(UTC), signed_by.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name("Aurora test root"))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=0 if is_root else None), critical=True)
        .add_extension(_usage(is_root=is_root), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer), critical=False)
    )
    if not is_root:
        purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(purposes, critical=True)
    return builder.sign(signed_by, None)


def _usage(*, is_root: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_root,
        key_cert_sign=is_root,
        crl_sign=is_root,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    parts = {NameOID.ORGANIZATION_NAME: "Aurora", NameOID.COMMON_NAME: common}
    return x509.Name([x509.NameAttribute(which, text) for which, text in parts.items()])
