"""Finds the accounts of mail clients, and moves them to safe settings in the clients' own files."""

from waxseal._native import *  # noqa: F403
from waxseal._native import WaxsealError


def _sentence(error: WaxsealError) -> str:
    return error.summary()


# Each kind of error says what happened as a sentence; its members say the rest.
for _kind in vars(WaxsealError).values():
    if isinstance(_kind, type) and issubclass(_kind, WaxsealError):
        _kind.__str__ = _sentence
