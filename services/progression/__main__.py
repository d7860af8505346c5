from services.kit.service import run_service
from services.progression.app import build_app
from services.progression.settings import Settings

if __name__ == "__main__":
    settings = Settings()
    run_service("progression", build_app(settings), settings)
