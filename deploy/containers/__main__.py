"""`python -m deploy.containers [up|down|env]`: Laurel in containers; `env` only writes what they are told.

State and secrets lie in LAUREL_HOME, but for what the volumes hold.
"""

from __future__ import annotations

import os
import subprocess
import sys

from deploy.addresses import Addresses
from deploy.containers.compose import compose
from deploy.containers.environment import environment_file
from deploy.endpoints import publish_endpoints, withdraw_endpoints
from deploy.home import AlreadyRunning, Home, HomeUnusable

ACTIONS = {"up": ("up", "--detach", "--build"), "down": ("down",), "env": ("config", "--quiet")}


def main(action: str) -> int:
    home = Home.from_environment()
    try:
        with home.locked():
            told = environment_file(home, LAUREL_SEED=os.environ.get("SEED") or "demo")
    except (AlreadyRunning, HomeUnusable) as trouble:
        print(f"laurel: {trouble}", file=sys.stderr)
        return 1
    command = [*compose(told), *ACTIONS[action]]
    print("laurel:", *command, flush=True)
    ended = subprocess.run(command, check=False).returncode
    if action == "down":
        withdraw_endpoints(home)
    elif action == "up" and ended == 0:
        endpoints = Addresses.of(home).endpoints
        publish_endpoints(home, endpoints)
        print(f"laurel:   URLs    {home.endpoints}")
        print(f"laurel:   staff   {endpoints.staff}   user {endpoints.staff_user}, password {endpoints.staff_password}")
        print(f"laurel:   inbox   {endpoints.inbox}")
    return ended


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "up"))
