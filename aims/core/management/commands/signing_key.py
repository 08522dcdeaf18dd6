from typing import Any

from django.core.management.base import BaseCommand, CommandError

from aims.core.signing import Signer, SigningKeyMissing


class Command(BaseCommand):
    help = "Print the public half of the installation's signing key, to check packs and checkpoints with."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            signer = Signer.from_settings()
        except SigningKeyMissing as missing:
            raise CommandError(str(missing)) from missing
        self.stdout.write(signer.public_key_text())
        self.stdout.write(f"Fingerprint: {signer.fingerprint()}")
