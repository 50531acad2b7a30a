#!/usr/bin/python3
"""registry.py: the real Evolution Data Server's registry of $HOME, asked line by line. Run it in a D-Bus session of its
own (dbus-run-session --). A JSON list a line on stdin, a JSON object for each on stdout:

    ["read"]                            every mail source as the server holds it: {"UID": {"group/property": value}}
    ["camel"]                           what Camel connects with: {"UID": {"host", "port", "security-method", …}}
    ["usable"]                          which children of collections use the collection's password: {"UID": bool}
    ["set", UID, GROUP, PROPERTY, VALUE]  changes a property, and the server writes the file: {}
"""
import json
import sys
import tempfile

import gi

gi.require_version("EDataServer", "1.2")
gi.require_version("Camel", "1.2")
from gi.repository import Camel, EDataServer, GLib  # noqa: E402

GROUPS = ["Data Source", "Authentication", "Security", "Mail Account", "Mail Identity", "Mail Submission", "Mail Transport",
          "Refresh", "Collection", "Autoconfig", "Pop Backend", "Imapx Backend", "Smtp Backend"]
BACKENDS = {"Pop Backend": ["keep-on-server", "delete-after-days", "delete-expunged"],
            "Imapx Backend": ["use-shell-command", "check-all"]}


def plain(value):
    """A value as JSON can hold it."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return getattr(value, "value_nick", None)


def settle(seconds=0.2):
    """Lets the client side take in what the server says."""
    context = GLib.MainContext.default()
    ends = GLib.get_monotonic_time() + int(seconds * 1e6)
    while GLib.get_monotonic_time() < ends:
        while context.iteration(False):
            pass
        GLib.usleep(20000)


def properties(source, group):
    extension = source if group == "Data Source" else source.get_extension(group)
    names = ["display-name", "enabled", "parent"] if group == "Data Source" else [
        spec.name for spec in extension.list_properties() if spec.name not in ("source", "proxy")]
    if group in BACKENDS:
        extension, names = extension.get_settings(), BACKENDS[group]
    return {f"{group}/{name}": plain(extension.get_property(name)) for name in names}


def mail(registry):
    groups = ["Mail Account", "Mail Identity", "Mail Transport", "Collection"]
    sources = registry.list_sources(None)
    return [source for source in sources if any(source.has_extension(group) for group in groups)]


def read(registry):
    found = {}
    for source in mail(registry):
        said = {}
        for group in GROUPS:
            if group == "Data Source" or source.has_extension(group):
                said.update(properties(source, group))
        found[source.get_uid()] = said
    return found


def camel(registry):
    """The settings objects that Camel connects with, made by the server's own bindings."""
    found = {}
    for source in mail(registry):
        for group in ["Mail Account", "Mail Transport"]:
            if not source.has_extension(group):
                continue
            backend = source.get_extension(group).get_backend_name()
            if backend not in ("pop", "imapx", "smtp"):
                continue
            settings = source.get_extension(EDataServer.SourceCamel.get_extension_name(backend)).get_settings()
            names = ["host", "port", "security-method", "auth-mechanism", "user"]
            said = {name: plain(settings.get_property(name)) for name in names}
            said["security-method"] = Camel.NetworkSecurityMethod(said["security-method"]).value_nick
            found[source.get_uid()] = said
    return found


def usable(registry):
    found = {}
    for source in mail(registry):
        collection = registry.find_extension(source, "Collection")
        if collection and collection.get_uid() != source.get_uid() and source.has_extension("Authentication"):
            # The function is described as taking bare pointers, which is what hash() of an object is.
            found[source.get_uid()] = EDataServer.util_can_use_collection_as_credential_source(hash(collection), hash(source))
    return found


def change(registry, uid, group, name, value):
    source = registry.ref_source(uid)
    extension = source if group == "Data Source" else source.get_extension(group)
    if group in BACKENDS:
        extension = extension.get_settings()
    extension.set_property(name, value)
    source.write_sync(None)
    return {}


def main():
    Camel.init(tempfile.mkdtemp(prefix="camel."), False)
    Camel.Provider.init()
    EDataServer.SourceCamel.register_types()
    registry = EDataServer.SourceRegistry.new_sync(None)
    verbs = {"read": read, "camel": camel, "usable": usable}
    for line in sys.stdin:
        verb, *rest = json.loads(line)
        settle()
        said = change(registry, *rest) if verb == "set" else verbs[verb](registry)
        print(json.dumps(said, sort_keys=True), flush=True)


main()
