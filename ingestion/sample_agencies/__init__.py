"""Simulated agencies: what fifteen counties, twelve departments and a bureau would deliver.

`build` makes them, `service` serves what one of them has over HTTP. This package itself imports
neither, since nearly every run finds them made.
"""

from typing import Final

#: Raise it whenever the sample changes, so that an older one is made anew.
SAMPLE_VERSION: Final = 10
