"""Writes the configuration of a Dovecot 2.3 that keeps to its own folder and its own ports."""

import os
import shutil

CONFIG = """\
base_dir = {state}/run
state_dir = {state}/run
log_path = {directory}/dovecot.log
protocols = imap pop3
listen = 127.0.0.1
ssl = yes
ssl_cert = <{directory}/server.pem
ssl_key = <{directory}/server.key
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5
auth_verbose = yes
mail_location = maildir:{state}/mail/%n
mail_uid = mail
mail_gid = mail
first_valid_uid = 1
shutdown_clients = yes
namespace inbox {{
  inbox = yes
{folders}}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {state}/users
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={state}/mail/%n
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
"""
FOLDERS = ["Sent", "Drafts", "Templates", "Archives", "Junk", "Trash", "Lists", "Projects"]


def write_config(directory, state, ports, users):
    """Writes dovecot.conf, the users and their empty mailboxes; gives the configuration's path. DIR/mail leads to the mailboxes."""
    (state / "users").write_text("".join(f"{user}:{{PLAIN}}{password}::::::\n" for user, password in users.items()))
    for user in users:
        for folder in ("cur", "new", "tmp"):
            (state / "mail" / user.partition("@")[0] / folder).mkdir(parents=True, exist_ok=True)
    own(state / "mail")
    link = directory / "mail"
    link.unlink(missing_ok=True)
    link.symlink_to(state / "mail")
    folders = "".join(f"  mailbox {name} {{\n    auto = subscribe\n  }}\n" for name in FOLDERS)
    config = directory / "dovecot.conf"
    config.write_text(CONFIG.format(directory=directory, state=state, folders=folders, **ports))
    return config


def own(top):
    for parent, _, _ in os.walk(top):
        shutil.chown(parent, "mail", "mail")
