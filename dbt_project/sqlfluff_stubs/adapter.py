"""What sqlfluff's jinja templater reads for a dispatched macro: a call of its name."""

from collections.abc import Callable


def dispatch(name: str) -> Callable[..., str]:
    return lambda *arguments: f"{name}({', '.join(arguments)})"
