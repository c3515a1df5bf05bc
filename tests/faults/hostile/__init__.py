"""Makers of bad deliveries, by name; the table beside this folder says what becomes of each."""

from hostile import cells, packages, places, records, tables, texts
from hostile.variants import MAKERS

__all__ = ["MAKERS", "cells", "packages", "places", "records", "tables", "texts"]
