"""What progression knows, asked for when it is needed: certificates, and who the guardians are."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from contracts.catalogue import CERTIFICATE, GUARDIANS
from contracts.queries import AskCertificate, AskGuardians, Certificate, CertificateVersion
from contracts.roster import Guardian
from services.kit.broker import Bus


class Register:
    """Errors as `Bus.ask`: QueryRefused, NobodyAnswered."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def certificate(self, school_id: str, certificate_id: str) -> Certificate:
        return await self._bus.ask(CERTIFICATE, school_id, AskCertificate(certificate_id=certificate_id))

    async def certificates(self, school_id: str, certificate_ids: Sequence[str]) -> dict[str, Certificate]:
        """The entries by certificate_id."""
        found = await asyncio.gather(*(self.certificate(school_id, each) for each in set(certificate_ids)))
        return {certificate.certificate_id: certificate for certificate in found}

    async def guardians(self, school_id: str, family_id: str) -> tuple[Guardian, ...]:
        """In a fixed order, so that whoever locks their digests does it in the same order."""
        guardians = await self.family(school_id, family_id)
        return tuple(sorted(guardians, key=lambda guardian: guardian.guardian_id))

    async def family(self, school_id: str, family_id: str) -> tuple[Guardian, ...]:
        """The guardians in the order that the school has them."""
        reply = await self._bus.ask(GUARDIANS, school_id, AskGuardians(family_id=family_id))
        return reply.guardians


def version_of(certificate: Certificate, version: int) -> CertificateVersion | None:
    return next((each for each in certificate.versions if each.version == version), None)


def digest_key(certificate: Certificate) -> str:
    """What is mailed together: a family's of one run, or a certificate by itself.

    The family is in it, since another family's guardian may have the same id.
    """
    if certificate.run_id is not None:
        return f"run:{certificate.run_id}:{certificate.family_id}"
    return f"certificate:{certificate.certificate_id}"
