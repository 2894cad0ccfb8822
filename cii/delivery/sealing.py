"""S/MIME: what a certificate must be, and the content that only its owner can read (RFC 8551)."""

from dataclasses import dataclass
from datetime import datetime

from cii.foundation.texts import Phrase, WrongInput

# The library is imported where it is used: most processes never encrypt a mail.


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that can be used for a reader."""

    der: bytes
    fingerprint: str
    valid_from: datetime
    valid_until: datetime


def read_certificate(content: bytes, address: str, moment: datetime) -> Certificate:
    """The certificate in a PEM or DER file, if mails to this address can be encrypted with it.

    WrongInput with a sentence when it is none, has expired, is another address's, or not for this.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding

    try:
        is_pem = content.lstrip().startswith(b"-----BEGIN")
        read = x509.load_pem_x509_certificate if is_pem else x509.load_der_x509_certificate
        found = read(content)
        key = found.public_key()
        addresses = _addresses(found)
        allowed = _is_for_mail(found)
    except (ValueError, TypeError, x509.UnsupportedGeneralNameType):
        raise WrongInput(Phrase("Ce fichier n’est pas un certificat X.509.")) from None
    if not found.not_valid_before_utc <= moment <= found.not_valid_after_utc:
        raise WrongInput(Phrase("Ce certificat n’est pas valable aujourd’hui."))
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < 2048:
        raise WrongInput(Phrase("Il faut un certificat avec une clé RSA de 2048 bits au moins."))
    if not allowed:
        raise WrongInput(Phrase("Ce certificat n’est pas prévu pour chiffrer des messages."))
    if address.lower() not in addresses:
        raise WrongInput(Phrase("Ce certificat n’est pas celui de {address}.", address=address))
    return Certificate(
        der=found.public_bytes(Encoding.DER),
        fingerprint=found.fingerprint(hashes.SHA256()).hex(),
        valid_from=found.not_valid_before_utc,
        valid_until=found.not_valid_after_utc,
    )


def _addresses(certificate: object) -> set[str]:
    from cryptography import x509

    assert isinstance(certificate, x509.Certificate)
    names = {
        str(each.value).lower()
        for each in certificate.subject.get_attributes_for_oid(x509.NameOID.EMAIL_ADDRESS)
    }
    try:
        other = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return names
    return names | {each.lower() for each in other.get_values_for_type(x509.RFC822Name)}


def _is_for_mail(certificate: object) -> bool:
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    assert isinstance(certificate, x509.Certificate)
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        if not usage.key_encipherment:
            return False
    except x509.ExtensionNotFound:
        pass
    try:
        extended = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return (
        ExtendedKeyUsageOID.EMAIL_PROTECTION in extended
        or ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in extended
    )


def seal(entity: bytes, certificate: bytes) -> bytes:
    """The content as enveloped data for the owner of the certificate: AES-256, DER."""
    from cryptography import x509
    from cryptography.hazmat.primitives.ciphers.algorithms import AES256
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

    return (
        pkcs7.PKCS7EnvelopeBuilder()
        .set_data(entity)
        .set_content_encryption_algorithm(AES256)
        .add_recipient(x509.load_der_x509_certificate(certificate))
        .encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary])
    )
