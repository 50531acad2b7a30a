"""Sylpheed as a judge."""

from client import Program

PROGRAM = Program(
    "sylpheed", ".sylpheed-2.0", "sylpheedrc", {"password": "hunter2", "receive_at_get_all": 1},
    {"no_receive_error_panel": 1, "receive_dialog_mode": 2, "confirm_on_exit": 0, "clean_trash_on_exit": 0, "warn_queued_on_exit": 0},
)
