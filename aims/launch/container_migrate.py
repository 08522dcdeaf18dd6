"""One-shot step of a composed installation: roles, migrations, catalogs, the queue's tables, static files."""

import os
from pathlib import Path

from aims import configuration
from aims.launch import installation, places, roles


def main() -> None:
    super_url = Path(os.environ.pop("DATABASE_SUPER_URL_FILE")).read_text(encoding="utf-8")
    directory = Path(os.environ.pop("ROLE_PASSWORDS_DIR"))
    passwords = {
        login: (directory / f"{login}_password").read_text(encoding="utf-8")
        for login in roles.LOGINS.values()
    }
    roles.create_roles(super_url, passwords=passwords)
    installation.update(places.home(), configuration.load())


if __name__ == "__main__":
    main()
