"""What a block can call: models, tools, plans, and the ways to give the answer."""
import difflib
import json

from worker_frames import CallError, Words, call, state
from worker_context import pieces, prompt_pieces
from worker_spans import LazyText, Span

_DEEPEST = 64
_WIDEST = 1 << 63
_STRONG = frozenset(("strong", "large", "big", "root", "main"))


def plain(value, depth=0):
    """The value as JSON can say it; a text for what it cannot."""
    kind = type(value)
    if kind in (str, bool, Words) or value is None:
        return value
    if kind is int:
        # Longer ones are no numbers to most readers of JSON, and very long ones no text to Python.
        return value if -_WIDEST <= value < _WIDEST else str(value) if value.bit_length() < 10_000 else hex(value)
    if kind is float:
        return value if value - value == 0 else str(value)
    if isinstance(value, str):
        return str(value)
    if depth >= _DEEPEST:
        return str(value)
    if isinstance(value, dict):
        return {key if type(key) is str else str(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item, depth + 1) for item in value), key=str)
    if isinstance(value, (int, float)):
        return plain(value + 0)
    return str(value)


class Result(str):
    """What a model said: a text with `.ok .error .cached .cost .truncated`, and `.value` when a schema was given."""

    @property
    def ok(self):
        return self.error is None

    def __reduce_ex__(self, _protocol):
        return _result, (str(self), self.__dict__)


def _result(text, fields):
    result = Result(text)
    result.__dict__.update(fields)
    return result


def _answer(reply, schema):
    fields = {name: reply.get(name) for name in ("error", "cost")}
    fields.update(cached=reply.get("cached", False), truncated=reply.get("truncated", False), value=None)
    text = reply.get("text", "")
    if schema is not None and fields["error"] is None:
        try:
            fields["value"] = json.loads(text)
        except ValueError:
            fields["error"] = "the answer is not JSON"
    return _result(text, fields)


def _query(prompt, context, schema, model, max_tokens, max_calls):
    return {
        "prompt": prompt_pieces(prompt),
        "about": [] if context is None else pieces(context),
        "tier": "strong" if model in _STRONG else "cheap",
        "schema": None if schema is None else plain(schema),
        "max_tokens": max_tokens,
        "max_calls": max_calls,
    }


def _ask(kind, prompts, contexts, schema, model, max_tokens, max_calls):
    if isinstance(prompts, (str, LazyText)):
        raise TypeError("a batch takes a list of prompts")
    prompts = list(prompts)
    shared = contexts is None or isinstance(contexts, (str, LazyText, dict))
    contexts = [contexts] * len(prompts) if shared else list(contexts)
    if len(prompts) == 1:
        # One question about each of many pieces: what the root's prompt shows.
        prompts = prompts * len(contexts)
    if len(contexts) != len(prompts):
        raise ValueError(f"{len(prompts)} prompts, but {len(contexts)} contexts")
    queries = []
    for prompt, about in zip(prompts, contexts):
        if isinstance(prompt, dict):
            prompt, about = prompt["prompt"], prompt.get("context", about)
        queries.append(_query(prompt, about, schema, model, max_tokens, max_calls))
    if not queries:
        return []
    return [_answer(reply, schema) for reply in call("query", {"kind": kind, "queries": queries})]


def _single(result, schema):
    if result.error is not None:
        raise CallError(result.error)
    return result if schema is None else result.value


def llm_query(prompt, context=None, *, schema=None, model="cheap", max_tokens=None):
    return _single(_ask("llm", [prompt], [context], schema, model, max_tokens, None)[0], schema)


def llm_query_batched(prompts, contexts=None, *, schema=None, model="cheap", max_tokens=None):
    return _ask("llm", prompts, contexts, schema, model, max_tokens, None)


def rlm_query(prompt, context=None, *, schema=None, model="strong", max_tokens=None, max_calls=None):
    return _single(_ask("rlm", [prompt], [context], schema, model, max_tokens, max_calls)[0], schema)


def rlm_query_batched(prompts, contexts=None, *, schema=None, model="strong", max_tokens=None, max_calls=None):
    return _ask("rlm", prompts, contexts, schema, model, max_tokens, max_calls)


class ToolError(Exception):
    """What a tool says when it fails."""


class ToolText(str):
    """What a tool said; `.data` has it in parts."""

    data = None


def tool(name, **arguments):
    """Calls any tool by its name."""
    named = {key: plain(value) for key, value in arguments.items() if value is not None}
    reply = call("tool", {"name": str(name), "input": named})
    if reply["is_error"]:
        raise ToolError(reply["text"])
    text = ToolText(reply["text"])
    text.data = reply["data"]
    return text


def read(path, offset=None, limit=None):
    return tool("read", path=path, offset=offset, limit=limit)


def ls(path=None, depth=None):
    return tool("list", path=path, depth=depth)


def glob(pattern, path=None):
    return tool("glob", pattern=pattern, path=path)


def edit(path, old, new, all=None):
    return tool("edit", path=path, old=old, new=new, all=all)


def write(path, content):
    return tool("write", path=path, content=content)


def shell(command, timeout_s=None, workdir=None):
    return tool("shell", command=command, timeout_s=timeout_s, workdir=workdir)


class Plan:
    """A λ-plan: `estimate()` says what it would take, `run()` does it."""

    def __init__(self, task, question, over, options):
        self._fields = {
            "task": str(task),
            "question": str(question),
            "over": [] if over is None else pieces(over),
            "options": {str(key): plain(value) for key, value in options.items()},
        }

    def estimate(self):
        return call("plan", {**self._fields, "is_run": False})

    def run(self):
        return call("plan", {**self._fields, "is_run": True})

    def __repr__(self):
        return f"PLAN({self._fields['task']!r}, {self._fields['question']!r})"


def PLAN(task="auto", question="", over=None, **options):
    return Plan(task, question, over, options)


class Final(BaseException):
    """Ends a block with the answer. No `except Exception` catches it."""

    def __init__(self, value):
        super().__init__("the answer was given")
        self.value = value


def FINAL(value=None):
    if state.final is None:
        state.final = Final(plain(value))
    raise state.final


_bound = {}


def use_variables(variables):
    global _bound
    _bound = variables


def FINAL_VAR(name):
    if not isinstance(name, str) or not name.isidentifier():
        FINAL(name)
    if name in _bound:
        FINAL(_bound[name])
    if any(value is name for value in _bound.values()):
        FINAL(name)
    known = [key for key in _bound if not key.startswith("_")]
    near = difflib.get_close_matches(name, known, 3, 0.4) or known[:5]
    closest = f"; closest: {', '.join(near)}" if near else ""
    raise NameError(f"no variable is called `{name}`, so this is not an answer{closest}")


# By the names blocks know them, those of other dialects among them.
BLOCK_NAMES = {
    "llm_query": llm_query,
    "llm_query_batched": llm_query_batched,
    "rlm_query": rlm_query,
    "rlm_query_batched": rlm_query_batched,
    "sub_llm": llm_query,
    "sub_query": llm_query,
    "llm_batch": llm_query_batched,
    "FINAL": FINAL,
    "FINAL_VAR": FINAL_VAR,
    "SUBMIT": FINAL,
    "finalize": FINAL,
    "PLAN": PLAN,
    "tool": tool,
    "read": read,
    "ls": ls,
    "glob": glob,
    "edit": edit,
    "write": write,
    "shell": shell,
    "Result": Result,
    "Span": Span,
    "CallError": CallError,
    "ToolError": ToolError,
}
# A block that binds one of these gets it back afterwards; the other names are free for its variables.
PROTECTED = frozenset(
    "llm_query llm_query_batched rlm_query rlm_query_batched sub_llm sub_query llm_batch FINAL FINAL_VAR SUBMIT finalize"
    " context _out".split()
)
