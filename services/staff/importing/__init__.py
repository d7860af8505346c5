"""CSV files as schools have them: read as one import, and the roster written as such files."""

from services.staff.importing.reading import MOST_BYTES, Problem, Upload, read
from services.staff.importing.tables import File

__all__ = ["MOST_BYTES", "File", "Problem", "Upload", "read"]
