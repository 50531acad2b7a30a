"""Prints the typed interface (a .pyi) of the generated module: python3 stub.py waxseal.py

It is shipped for type checkers, since the generated code's own annotations are loose, and it is the record of the public
interface: a test compares it with what the library of today would give.
"""

import ast
import re
import sys
from collections.abc import Iterable
from pathlib import Path

HEAD = '''"""Finds the accounts of mail clients, and moves them to safe settings in the clients' own files."""

# Written by stub.py from the library; a change here is a change of the public interface.

import enum
import typing
'''


def public(name: str) -> bool:
    return not name.startswith("_") and not name.startswith("Uniffi") and name != "InternalError"


def annotation(node: ast.expr | None) -> str:
    """A type as written; that an argument may be left out is said by its default, not by its type."""
    text = "None" if node is None else ast.unparse(node)
    text = re.sub(r"^typing\.Union\[object, (.*)\]$", r"\1", text)
    return text


def docstring(node: ast.AsyncFunctionDef | ast.FunctionDef | ast.ClassDef | ast.Module, indent: str) -> list[str]:
    text = ast.get_docstring(node)
    return docs(text, indent) if text else []


def docs(text: str, indent: str) -> list[str]:
    lines = text.strip().replace("\\", "\\\\").split("\n")
    if len(lines) == 1:
        return [f'{indent}"""{lines[0]}"""']
    return [f'{indent}"""{lines[0]}', *(f"{indent}{line}".rstrip() for line in lines[1:]), f'{indent}"""']


def function(node: ast.FunctionDef, indent: str) -> list[str]:
    arguments = node.args

    def shown(argument: ast.arg, default: ast.expr | None) -> str:
        if argument.arg in ("self", "cls"):
            return argument.arg
        given = "" if default is None else " = ..."
        return f"{argument.arg}: {annotation(argument.annotation)}{given}"

    defaults: list[ast.expr | None] = [None] * (len(arguments.args) - len(arguments.defaults)) + list(arguments.defaults)
    parts = [shown(argument, default) for argument, default in zip(arguments.args, defaults)]
    if arguments.kwonlyargs:
        parts.append("*")
        parts += [shown(argument, default) for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults)]
    returns = "None" if node.name == "__init__" else annotation(node.returns)
    head = f"{indent}def {node.name}({', '.join(parts)}) -> {returns}:"
    is_of_class = any(isinstance(known, ast.Name) and known.id == "classmethod" for known in node.decorator_list)
    heads = [f"{indent}@classmethod", head] if is_of_class else [head]
    about = docstring(node, indent + "    ")
    return [*heads, *about] if about else [*heads[:-1], f"{head} ..."]


def fields(init: ast.FunctionDef, indent: str, owner: str) -> list[str]:
    lines = []
    for argument in init.args.args + init.args.kwonlyargs:
        if argument.arg != "self":
            lines.append(f"{indent}{argument.arg}: {annotation(argument.annotation)}")
            if (doc := FIELD_DOCS.get((plain(owner), argument.arg))) is not None:
                lines += docs(doc, indent)
    return lines


FIELD_DOCS: dict[tuple[str, str], str] = {}


def plain(name: str) -> str:
    """A type's or variant's name, however its language spells it."""
    return name.replace("_", "").lower()


def field_docs(sources: Iterable[Path]) -> dict[tuple[str, str], str]:
    """What the library says of each member of a record or variant: the generated module doesn't tell."""
    found: dict[tuple[str, str], str] = {}
    for source in sources:
        parent, owner, doc = "", "", []
        for line in source.read_text(encoding="utf-8").splitlines():
            if (said := re.match(r"\s*/// ?(.*)", line)) is not None:
                doc.append(said[1])
                continue
            if (opened := re.match(r"pub (?:struct|enum) (\w+) \{$", line)) is not None:
                parent = owner = opened[1]
            elif (opened := re.match(r"    (\w+) \{$", line)) is not None:
                owner = f"{parent}.{opened[1]}"
            elif (member := re.match(r"\s+(?:pub )?(\w+): .*,$", line)) is not None and doc:
                found[plain(owner), member[1]] = "\n".join(doc).replace("[`", "`").replace("`]", "`")
            if not line.lstrip().startswith("#["):
                doc = []
    return found


def find(body: list[ast.stmt], name: str) -> ast.FunctionDef | None:
    return next((item for item in body if isinstance(item, ast.FunctionDef) and item.name == name), None)


def nested(parent: str, variant: ast.ClassDef, types: dict[str, str]) -> list[str]:
    """One variant: a class below its enum or error, and of its kind."""
    lines = [f"    class {variant.name}({parent}):", *docstring(variant, " " * 8)]
    init = find(variant.body, "__init__")
    named = [] if init is None else [item for item in init.args.args if item.arg != "self"]
    if init is not None and named:
        # An error's own code has no annotations; the converter that reads it tells the types.
        for argument in named:
            argument.annotation = argument.annotation or ast.parse(types[f"{variant.name}.{argument.arg}"], mode="eval").body
        lines += fields(init, " " * 8, f"{parent}.{variant.name}")
        lines += function(init, " " * 8)
    return lines if len(lines) > 1 else [lines[0] + " ..."]


READERS = {"String": "str", "UInt32": "int", "UInt64": "int", "Int64": "int", "Boolean": "bool"}


def error_types(module: ast.Module, error: ast.ClassDef) -> dict[str, str]:
    """The types of an error's members, which its own code does not say: from the code that reads it."""
    found = {}
    members = {
        variant.name: [argument.arg for argument in init.args.args if argument.arg != "self"]
        for variant in error.body
        if isinstance(variant, ast.ClassDef) and (init := find(variant.body, "__init__"))
    }
    for call in ast.walk(module):
        if isinstance(call, ast.Call) and ast.unparse(call.func).startswith(f"{error.name}.") and call.args:
            variant = ast.unparse(call.func).split(".")[1]
            readers = [re.fullmatch(r"_UniffiFfiConverter(Optional)?(\w+)\.read\(buf\)", ast.unparse(item)) for item in call.args]
            for member, reader in zip(members[variant], readers, strict=True):
                assert reader is not None, f"{variant}.{member}: read in a way that is not known"
                plain = READERS[reader[2]]
                found[f"{variant}.{member}"] = f"typing.Optional[{plain}]" if reader[1] else plain
    return found


def enumeration(node: ast.ClassDef) -> list[str]:
    lines = [f"class {node.name}(enum.Enum):", *docstring(node, "    ")]
    for at, item in enumerate(node.body):
        if isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name):
            lines.append(f"    {item.targets[0].id} = {ast.unparse(item.value)}")
            after = node.body[at + 1] if at + 1 < len(node.body) else None
            if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) and isinstance(after.value.value, str):
                lines.append(f'    """{after.value.value.strip()}"""')
    methods = [item for item in node.body if isinstance(item, ast.FunctionDef) and public(item.name)]
    return lines + [line for item in methods for line in function(item, "    ")]


def classes(node: ast.ClassDef, module: ast.Module, shadowed: ast.ClassDef | None) -> list[str]:
    name = node.name
    bases = [ast.unparse(base) for base in node.bases]
    if bases == ["enum.Enum"]:
        return enumeration(node)
    base = "(Exception)" if shadowed is not None else ""
    variants = [item for item in (shadowed or node).body if isinstance(item, ast.ClassDef)]
    lines = [f"class {name}{base}:", *docstring(node, "    ")]
    if variants:
        types = error_types(module, shadowed) if shadowed is not None else {}
        for variant in variants:
            lines += nested(name, variant, types)
        inner = variants[0].body if shadowed is not None else node.body
        methods = [item for item in inner if isinstance(item, ast.FunctionDef) and public(item.name)]
        methods = [item for item in methods if item.name == item.name.lower()]
        if shadowed is None:
            lines.append("    def __str__(self) -> str: ...") if find(variants[0].body, "__str__") else None
    else:
        init = find(node.body, "__init__")
        is_record = any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list)
        if init is not None and is_record:
            lines += fields(init, "    ", name)
        if init is not None and not (init.args.vararg or init.args.kwarg):
            lines += function(init, "    ")
        methods = [item for item in node.body if isinstance(item, ast.FunctionDef) and public(item.name)]
    lines += [line for item in methods for line in function(item, "    ")]
    return lines if len(lines) > 1 else [lines[0] + " ..."]


def main(path: str) -> None:
    FIELD_DOCS.update(field_docs((Path(__file__).resolve().parents[1] / "src").glob("*.rs")))
    with open(path, encoding="utf-8") as file:
        source = file.read()
    module = ast.parse(source)
    exported = next(
        ast.literal_eval(item.value)
        for item in module.body
        if isinstance(item, ast.Assign) and ast.unparse(item.targets[0]) == "__all__"
    )
    # What implements an object's interface, and what stands for a foreign one, is nobody's to use.
    inner = {f"{name}{end}" for name in exported for end in ("Protocol", "Impl")}
    wanted = [name for name in exported if public(name) and name not in inner]
    found: dict[str, list[ast.ClassDef]] = {}
    blocks = []
    for item in module.body:
        if isinstance(item, ast.ClassDef) and item.name in wanted:
            found.setdefault(item.name, []).append(item)
    for name in wanted:
        definitions = found.get(name)
        if definitions:
            # An error stands there twice: once as what it is, once with its variants.
            blocks.append(classes(definitions[0], module, definitions[1] if len(definitions) > 1 else None))
    for item in module.body:
        if isinstance(item, ast.FunctionDef) and item.name in wanted:
            blocks.append(function(item, ""))
    print(HEAD)
    print("\n\n".join("\n".join(line for line in block if line is not None) for block in blocks))


if __name__ == "__main__":
    main(sys.argv[1])
