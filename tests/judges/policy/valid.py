#!/usr/bin/python3
"""valid.py SCHEMA FILE.toml…: prints for each policy what python-jsonschema has against it, as JSON: {"FILE": ["…"]}."""
import json
import sys
import tomllib
from pathlib import Path

from jsonschema import Draft202012Validator

schema = json.loads(Path(sys.argv[1]).read_text())
Draft202012Validator.check_schema(schema)
judge = Draft202012Validator(schema)
print(json.dumps({name: [error.message for error in judge.iter_errors(tomllib.loads(Path(name).read_text()))] for name in sys.argv[2:]}))
