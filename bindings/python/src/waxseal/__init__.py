"""Finds the accounts of mail clients, and moves them to safe settings in the clients' own files."""

from waxseal._native import *  # noqa: F403
