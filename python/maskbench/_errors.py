"""The caller's mistakes."""

from . import _core


class UserError(ValueError):
    """What was given cannot be: the message says what it was, where, and what is allowed."""


_core.set_user_error(UserError)
