"""Claws Mail as a judge."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "sylpheed"))
from client import Program  # noqa: E402

PROGRAM = Program(
    "claws-mail", ".claws-mail", "clawsrc", {"inbox": "#mh/Mailbox/inbox", "config_version": 4, "ssl_certs_auto_accept": 1, "receive_at_get_all": 1},
    {"config_version": 4, "no_receive_error_panel": 1, "receive_dialog_mode": 2, "confirm_on_exit": 0, "clean_on_exit": 0, "warn_queued_on_exit": 0},
)
