from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What one import may cost. A real inventory stays far below; a hostile file meets these first."""

    max_bytes: int = 25 * MEGABYTE
    max_rows: int = 50_000
    max_columns: int = 200
    max_components: int = 20_000
    max_unmapped: int = 2_000
    max_card_bytes: int = MEGABYTE
    max_unpacked_bytes: int = 50 * MEGABYTE
    max_unpacked_ratio: int = 100
    max_zip_entries: int = 2_000
    memory_bytes: int = 1024 * MEGABYTE
    cpu_seconds: int = 20
    wall_seconds: int = 90
