"""The friendly check of a block before it runs. It says what to use instead; safety is the process's affair."""
import ast

ALLOWED_IMPORTS = frozenset(
    "re json csv math statistics collections itertools functools datetime textwrap difflib random string hashlib base64"
    " html unicodedata bisect heapq decimal fractions urllib.parse typing dataclasses collections.abc operator enum abc"
    " copy numbers __future__".split()
)

_FILES = "a block has no files: the context is in `context`, and read(path), ls(path), glob(pattern), edit(...), write(...) work on the workspace"
_NETWORK = "a block has no network; ask llm_query, or search the context with grep(...) and search(...)"
_COMMANDS = "a block starts no programs; shell(command) does, as far as the mission allows"
_PARALLEL = "a block runs one thing at a time; llm_query_batched(prompts) asks many models at once"
_TABLES = "only the standard library is here: records(), freq(items), group_by(items, key) and statistics do most of it"
_NOTHING = "print(...) shows, FINAL(value) ends, budget() says what is left"

_INSTEAD = {
    **dict.fromkeys("os pathlib glob io shutil tempfile fileinput zipfile tarfile gzip sqlite3 mmap".split(), _FILES),
    **dict.fromkeys("requests urllib http socket ssl httpx aiohttp ftplib smtplib webbrowser".split(), _NETWORK),
    **dict.fromkeys("subprocess pty signal".split(), _COMMANDS),
    **dict.fromkeys("threading asyncio concurrent multiprocessing".split(), _PARALLEL),
    **dict.fromkeys("numpy pandas polars scipy sklearn".split(), _TABLES),
    **dict.fromkeys("sys time logging".split(), _NOTHING),
    **dict.fromkeys("openai anthropic litellm rlm".split(), "llm_query(prompt) asks a model"),
    **dict.fromkeys("nltk spacy tiktoken".split(), "chunk(size) splits the context, info() estimates tokens"),
}

_BUILTINS = {
    "open": _FILES,
    "input": "nobody answers here; FINAL(question) ends with a question",
    "exec": "write the code itself into the block",
    "eval": "write the expression itself; parse(text, schema) and json.loads read data",
    "compile": "write the code itself into the block",
    "breakpoint": "print(...) shows what you look for",
    "__import__": "write `import name`",
    "exit": "FINAL(value) ends",
    "quit": "FINAL(value) ends",
}

_DUNDERS = frozenset(
    "__init__ __repr__ __str__ __len__ __iter__ __next__ __eq__ __lt__ __le__ __gt__ __ge__ __hash__ __contains__"
    " __getitem__ __call__ __enter__ __exit__ __add__ __bool__ __post_init__ __slots__ __name__ __doc__".split()
)
_PREFIXES = ("gi_", "cr_", "ag_", "tb_", "co_", "func_")
_FRAME = frozenset("f_back f_builtins f_code f_globals f_lasti f_lineno f_locals f_trace".split())
_DENIED_NODES = {
    "AsyncFunctionDef": _PARALLEL,
    "AsyncFor": _PARALLEL,
    "AsyncWith": _PARALLEL,
    "Await": _PARALLEL,
}
# All kinds of nodes that this Python has are fine but those.
_ALLOWED_NODES = frozenset(
    name for name, kind in vars(ast).items() if isinstance(kind, type) and issubclass(kind, ast.AST)
) - set(_DENIED_NODES)


class Refused(Exception):
    """Why a block is not run."""

    def __init__(self, line, message):
        super().__init__(message)
        self.line = line


class _Guard(ast.NodeVisitor):
    def __init__(self):
        self.modules = set()
        self.line = 1

    def visit(self, node):
        self.line = getattr(node, "lineno", self.line)
        name = type(node).__name__
        if name not in _ALLOWED_NODES:
            raise Refused(self.line, _DENIED_NODES.get(name, f"`{name}` cannot be used in a block"))
        super().visit(node)

    def visit_Import(self, node):
        for alias in node.names:
            self._import(alias.name)
            self.modules.add((alias.asname or alias.name).split(".")[0])

    def visit_ImportFrom(self, node):
        self._import("." * node.level + (node.module or ""))
        for alias in node.names:
            self._name(alias.name, "import")

    def _import(self, name):
        if name not in ALLOWED_IMPORTS:
            instead = _INSTEAD.get(name) or _INSTEAD.get(name.split(".")[0])
            instead = instead or f"what can be imported: {', '.join(sorted(ALLOWED_IMPORTS))}"
            raise Refused(self.line, f"`{name}` cannot be imported: {instead}")

    def visit_Name(self, node):
        instead = _BUILTINS.get(node.id)
        if instead and isinstance(node.ctx, ast.Load):
            raise Refused(self.line, f"`{node.id}` cannot be used: {instead}")
        self._name(node.id, "name")

    def visit_Attribute(self, node):
        self.visit(node.value)
        self._name(node.attr, "attribute")
        if node.attr.startswith(_PREFIXES) or node.attr in _FRAME:
            raise Refused(self.line, f"the attribute `{node.attr}` cannot be used in a block")
        if isinstance(node.value, ast.Name) and node.value.id in self.modules and node.attr.startswith("_"):
            raise Refused(self.line, f"`{node.value.id}.{node.attr}` is a private part of a module")

    def visit_FunctionDef(self, node):
        self._name(node.name, "function")
        self.generic_visit(node)

    def visit_ClassDef(self, node):
        self._name(node.name, "class")
        self.generic_visit(node)

    def visit_ExceptHandler(self, node):
        kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        if any(isinstance(kind, ast.Name) and kind.id == "BaseException" for kind in kinds):
            raise Refused(self.line, "`except BaseException` would catch FINAL; write `except Exception`")
        self.generic_visit(node)

    def visit_Call(self, node):
        if isinstance(node.func, ast.Name) and node.func.id in ("getattr", "setattr", "delattr", "hasattr"):
            for argument in node.args[1:2]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    self._name(argument.value, "attribute")
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("format", "format_map"):
            template = node.func.value
            if isinstance(template, ast.Constant) and isinstance(template.value, str) and "__" in template.value:
                raise Refused(self.line, "a template with `__` in it cannot be used with format; write an f-string")
        self.generic_visit(node)

    def _name(self, name, kind):
        if name.startswith("__") and name not in _DUNDERS:
            raise Refused(self.line, f"the {kind} `{name}` cannot be used in a block")


def check(tree):
    """Raises `Refused` for what has no place in a block."""
    _Guard().visit(tree)


_ASKING = frozenset("llm_query rlm_query sub_llm sub_query".split())


def has_query_in_loop(tree):
    """Whether a model is asked one question at a time within a loop."""
    loops = (ast.For, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    for loop in ast.walk(tree):
        if isinstance(loop, loops) and any(
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _ASKING
            for node in ast.walk(loop)
        ):
            return True
    return False
