"""What a child that parses a workbook may use, and how it talks with its parent."""

from __future__ import annotations

import struct
from typing import Final

MEMORY: Final = 3 << 30
PROCESSOR_SECONDS: Final = 45
#: Beyond this the parent ends the child.
WALL_SECONDS: Final = 60.0
#: Length that precedes every frame on the pipes.
LENGTH: Final = struct.Struct("<Q")
