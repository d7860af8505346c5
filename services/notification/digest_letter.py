"""The letter that a digest is: what it says of each certificate, in whose language, on which letterhead. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contracts.envelope import id_from
from contracts.pictures import AskImage
from contracts.queries import Certificate, CertificateVersion
from contracts.roster import Guardian
from services.notification.languages import Language, language
from services.notification.ledger import Digest, Mail
from services.notification.letter import Award, Letter, Said
from services.notification.mime import Picture
from services.notification.register import version_of
from services.notification.stationery import Stationery, said_in
from services.notification.template import Facts


def letter_of(
    guardian: Guardian,
    digest: Digest,
    mails: Sequence[Mail],
    certificates: Mapping[str, Certificate],
    stationery: Stationery,
    pictures: Mapping[str, bytes],
) -> Letter:
    """`pictures`: JPEGs by certificate_id, as far as there are any."""
    contents = sorted(f"{mail.certificate_id}@{mail.version}" for mail in mails)
    school = certificates[mails[0].certificate_id]
    spoken = language(guardian.locale, school.locale)
    awards = [
        _award(mail, certificates[mail.certificate_id], spoken, stationery, pictures.get(mail.certificate_id))
        for mail in mails
    ]
    return Letter(
        guardian_name=guardian.name,
        address=guardian.email,
        school_name=school.school_name,
        language=spoken,
        awards=tuple(sorted(awards, key=lambda award: (award.child, award.issued_on))),
        family_url=mails[-1].family_url,
        identity=id_from("letter", digest.school_id, digest.guardian_id, *contents),
        colour=stationery.letterhead.colour,
    )


def pictures_of(mails: Sequence[Mail], certificates: Mapping[str, Certificate]) -> list[AskImage]:
    """What to ask for: pictures of the very bytes that are registered."""
    versions = [(mail, _version(mail, certificates[mail.certificate_id])) for mail in mails]
    return [
        AskImage(certificate_id=mail.certificate_id, version=mail.version, sha256=version.pdf.sha256)
        for mail, version in versions
        if version.pdf
    ]


def _award(
    mail: Mail, certificate: Certificate, spoken: Language, stationery: Stationery, picture: bytes | None
) -> Award:
    version = _version(mail, certificate)
    return Award(
        child=version.recipient_name,
        title=version.title,
        level_name=certificate.level.name if certificate.level else None,
        issued_on=version.issued_on,
        corrects=mail.corrects,
        # A correction comes long after: what comes next was said then.
        said=None if mail.corrects else _said(version.recipient_name, certificate, spoken, stationery),
        picture=Picture(f"{mail.certificate_id}.{mail.version}@laurel", picture) if picture else None,
    )


def _said(child: str, certificate: Certificate, spoken: Language, stationery: Stationery) -> Said | None:
    """What the school says of the certificate's level. Where there is none, nothing comes next."""
    if certificate.level is None:
        return None
    facts: Facts = {
        "child": child,
        "level": certificate.level.name,
        "next_level": certificate.next_level_name,
        "school": certificate.school_name,
    }
    return said_in(stationery.texts(certificate.level.level_id), spoken, certificate.locale, facts)


def _version(mail: Mail, certificate: Certificate) -> CertificateVersion:
    """It is there: the digest has been looked through."""
    version = version_of(certificate, mail.version)
    assert version is not None
    return version
