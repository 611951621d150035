"""A function for each registered objective, made from the registry: ``objectives.KEY(name=value)``."""

from collections.abc import Callable
from typing import Any

from ._errors import UserError
from ._registry import factory, keys


def __getattr__(name: str) -> Callable[..., tuple[str, dict[str, Any]]]:
    if name.startswith("_"):
        raise AttributeError(name)
    try:
        return factory("objectives", name)
    except UserError as error:
        raise AttributeError(str(error)) from None


def __dir__() -> list[str]:
    return keys("objectives")
