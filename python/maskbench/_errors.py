"""The caller's mistakes."""

from __future__ import annotations

from . import _core


class UserError(ValueError):
    """What was given cannot be: the message says what it was, where, and what is allowed.

    Attributes
    ----------
    where : str or None
        A file, an argument or a component.
    column : str or None
        Of the file; or the component's parameter.
    row : int or None
        Of the file, from 0.
    given, allowed : str or None
        As the message says them. Each attribute is None where the message alone tells.
    """

    where: str | None = None
    column: str | None = None
    row: int | None = None
    given: str | None = None
    allowed: str | None = None


_core.set_user_error(UserError)
