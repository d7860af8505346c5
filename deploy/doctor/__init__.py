"""`laurel doctor`: is everything there, what stands still, since when, why, and what to do."""

from deploy.doctor.findings import Finding
from deploy.doctor.patient import Patient
from deploy.doctor.visit import examine

__all__ = ["Finding", "Patient", "examine"]
