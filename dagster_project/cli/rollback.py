"""``skills rollback``: an earlier version becomes current again."""

from __future__ import annotations

from dagster_project.agencies import HomeError, RefreshRunningError, held_home
from dagster_project.cli.terminal import people_console
from dagster_project.publishing.versions import UnknownVersionError, recover, roll_back
from ingestion.settings import Settings


def go_back(name: str | None) -> int:
    """Roll back to the named version or the one before; an exit code."""
    console = people_console()
    settings = Settings()
    try:
        with held_home(settings):
            recover(settings.published)
            version = roll_back(settings.published, name)
    except (UnknownVersionError, RefreshRunningError, HomeError) as refusal:
        console.print(f"[red]{refusal}[/]")
        return 2
    console.print(
        f"版本 {version.name} 已重新生效 · Version {version.name} is current again "
        f"(as of {version.facts.as_of}). It stays until something new is published."
    )
    return 0
