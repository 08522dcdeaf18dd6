"""Pictures of the component page to look at:  python -m tests.ux.screenshots DIRECTORY"""

import os
import sys
from pathlib import Path

import django


def main(directory: Path) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aims.settings")
    django.setup()
    from tests.ux import browser as ux
    from tests.ux import kitchen_sink
    from tests.ux.rendering import outside_the_application

    with outside_the_application():
        pages = {theme: kitchen_sink.render(theme=theme) for theme in ("light", "dark")}
    directory.mkdir(parents=True, exist_ok=True)
    with ux.chromium() as chromium:
        for theme, html in pages.items():
            for width in (1440, 360):
                path = directory / f"components-{theme}-{width}.png"
                ux.show(chromium, html, width=width).page.screenshot(path=path, full_page=True)
                sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
