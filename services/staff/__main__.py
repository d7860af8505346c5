"""`python -m services.staff`: the staff web as a process, configured by `LAUREL_*` variables."""

from services.kit.service import run_service
from services.staff.app import build_app
from services.staff.settings import StaffSettings

if __name__ == "__main__":
    settings = StaffSettings()
    run_service("staff", build_app(settings), settings)
