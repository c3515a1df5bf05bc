"""What a build has to make again when only some of its sources say something else.

Everything that stands on such a source is made and tested again; the rest of the work file stands,
and so does what was said of it. All staging models read the record of batches, but of each only
those of the feed that it reads: models that say so (``meta: {own_batches: true}``) stand when
another feed alone has news. A model that speaks of the build itself (``meta: {every_build: true}``)
is made each time.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any, Final

#: The record of batches, as models know it.
_BATCHES: Final = frozenset({"stg_landing__batches", "stg_landing__current_batches"})


def models_with_news(manifest: Mapping[str, Any], changed: Container[str]) -> list[str]:
    """Names of the models to make again, in the order of their names.

    ``changed`` are sources as ``<schema>.<relation>``; ``manifest`` is dbt's.
    """
    nodes = manifest["nodes"]
    ahead = [
        key
        for key, source in manifest["sources"].items()
        if f"{source['source_name']}.{source['name']}" in changed
    ]
    ahead += [key for key, node in nodes.items() if is_stamp(node)]
    reached: set[str] = set()
    while ahead:
        key = ahead.pop()
        if key not in reached:
            reached.add(key)
            ahead += _told(manifest, key)
    return sorted(nodes[key]["name"] for key in reached if _is_model(nodes.get(key, {})))


def is_stamp(node: Mapping[str, Any]) -> bool:
    """Whether a node of the manifest speaks of the build itself."""
    return bool(_meta(node).get("every_build"))


def _told(manifest: Mapping[str, Any], key: str) -> Iterator[str]:
    """Models that read it, and whom its news concern."""
    nodes = manifest["nodes"]
    is_record = nodes.get(key, {}).get("name") in _BATCHES
    for child in manifest["child_map"].get(key, ()):
        node = nodes.get(child, {})
        if _is_model(node) and not (is_record and _meta(node).get("own_batches")):
            yield child


def _is_model(node: Mapping[str, Any]) -> bool:
    return node.get("resource_type") == "model"


def _meta(node: Mapping[str, Any]) -> Mapping[str, Any]:
    meta: Mapping[str, Any] = node.get("config", {}).get("meta") or {}
    return meta
