"""Runs a block statement by statement: what it bound before a failure stays, and the value of a last expression is shown."""
import ast
import builtins
import sys
import types

import worker_combinators  # adds its names to BLOCK_NAMES
from worker_calls import BLOCK_NAMES, PROTECTED, Final, plain, use_variables
from worker_context import context, is_context_loaded, mend_context
from worker_frames import state
from worker_guard import Refused, check, has_query_in_loop
from worker_output import Output, show
from worker_snapshot import Keeper, bring_back, describe, names_in, size
from worker_spans import cut, forget_recent

_MOST_FRAMES = 6
_LONGEST_MESSAGE = 2_000
_MOST_OUTPUT_KEPT = 16 << 20


class _Adjusted(ast.NodeTransformer):
    """A bare `except:` would catch the end of a block and its interruption; slices of the context know where they come from."""

    def visit_Subscript(self, node):
        self.generic_visit(node)
        is_slice = isinstance(node.slice, ast.Slice) and node.slice.step is None and isinstance(node.ctx, ast.Load)
        if not (is_slice and isinstance(node.value, ast.Name) and node.value.id == "context"):
            return node
        ends = [end or ast.Constant(None) for end in (node.slice.lower, node.slice.upper)]
        return ast.copy_location(ast.Call(ast.Name("_cut", ast.Load()), [node.value, *ends], []), node)

    def visit_ExceptHandler(self, node):
        self.generic_visit(node)
        if node.type is None:
            node.type = ast.copy_location(ast.Name("Exception", ast.Load()), node)
        return node


class _Statement:
    __slots__ = ("code", "line", "is_shown")

    def __init__(self, code, line, is_shown):
        self.code, self.line, self.is_shown = code, line, is_shown


class Cells:
    """The variables and the blocks that ran on them."""

    def __init__(self, limits, seed, helper_names):
        self.limits = limits
        self.output = Output(limits["shown"], limits["kept"])
        self._seed = seed
        self._is_seeded = False
        self._texts = {}
        self._out = {}
        self._has_loop_hint = False
        self._saved_builtins = dict(vars(builtins))
        self._saved_modules = dict(sys.modules)
        self._offered = {**helper_names, **BLOCK_NAMES, "_out": self._out, "_cut": cut}
        self._layer = {**self._saved_builtins, **self._offered}
        module = self._saved_modules["__main__"] = types.ModuleType("__main__")
        self.variables = module.__dict__
        self.variables.update(__name__="__main__", __builtins__=self._layer, answer={"content": "", "ready": False})
        sys.modules["__main__"] = module
        use_variables(self.variables)
        self.keeper = Keeper(self.variables, PROTECTED | {"answer", "_"})
        sys.stdout = sys.stderr = self.output

    def run(self, number, code):
        """Runs a block; returns what the host is told of it."""
        state.final, state.is_interrupted = None, False
        self.output.begin()
        sys.stdout = sys.stderr = self.output
        report = {"error": None, "shown": None, "hints": []}
        statements, tree = [], None
        try:
            tree, statements = self._prepare(number, code, report["hints"])
        except Refused as refused:
            report["error"] = {"line": refused.line, "message": f"line {refused.line}: {refused}\nnothing of the block was run"}
        except KeyboardInterrupt:
            report["error"] = {"line": None, "message": "interrupted before its first statement", "is_interrupted": True}
        except Exception as error:
            report["error"] = _unreadable(error, code)
        mentioned = set()
        if report["error"] is None:
            for statement in statements:
                mentioned |= names_in(statement.code)
            self._run_all(statements, report)
        return self._concluded(number, code, tree, mentioned, report)

    def _prepare(self, number, code, hints):
        tree = ast.parse(code)
        if self.limits["is_linted"]:
            check(tree)
        if not self._has_loop_hint and has_query_in_loop(tree):
            self._has_loop_hint = True
            hints.append("A model is asked within a loop, one question after the other: llm_query_batched(prompts) asks all at once.")
        tree = ast.fix_missing_locations(_Adjusted().visit(tree))
        name = f"<repl:{number}>"
        self._texts[name] = code.splitlines()
        if "context" in code or is_context_loaded():
            self.variables["context"] = context()
        if "random" in code and not self._is_seeded:
            self._is_seeded = True
            __import__("random").seed(self._seed)
        return tree, [_compiled(node, name, node is tree.body[-1]) for node in tree.body]

    def _run_all(self, statements, report):
        try:
            self._run_each(statements, report)
        except KeyboardInterrupt:
            # It came while a failure was being told.
            state.is_running = False
            report["error"] = {"line": None, "message": "interrupted", "is_interrupted": True}

    def _run_each(self, statements, report):
        done = 0
        try:
            state.is_running = True
            if state.interrupts > state.expected:
                # The signal was faster than the block.
                raise KeyboardInterrupt
            for statement in statements:
                value = eval(statement.code, self.variables) if statement.is_shown else exec(statement.code, self.variables)
                if state.final is not None:
                    break
                if value is not None:
                    self.variables["_"] = value
                    report["shown"] = show(value, self.limits["shown"])
                done += 1
            state.is_running = False
        except Final:
            pass
        except KeyboardInterrupt:
            state.is_running = False
            report["error"] = {"line": None, "message": "interrupted", "is_interrupted": True}
            self._place(report["error"], sys.exc_info()[2], done, statements)
        except BaseException as error:
            state.is_running = False
            message = _said(error)
            report["error"] = {"line": None, "message": message}
            self._place(report["error"], error.__traceback__, done, statements)
        finally:
            state.is_running = False

    def _place(self, report, traceback, done, statements):
        """Says how far the block came, and which lines led there."""
        lines, first = [], None
        while traceback is not None:
            frame = traceback.tb_frame
            text = self._texts.get(frame.f_code.co_filename)
            if text is not None:
                number = traceback.tb_lineno
                inside = "" if frame.f_code.co_name == "<module>" else f", in {frame.f_code.co_name}"
                source = text[number - 1].strip()[:200] if 0 < number <= len(text) else ""
                first = number if first is None else first
                lines.append(f"  line {number}{inside}: {source}")
            traceback = traceback.tb_next
        if len(lines) > _MOST_FRAMES:
            lines = lines[:2] + ["  …"] + lines[-(_MOST_FRAMES - 3) :]
        line = first or (statements[done].line if done < len(statements) else None)
        report["line"] = line
        report["message"] = "\n".join([report["message"], _progress(done, line), *lines])

    def _concluded(self, number, code, tree, mentioned, report):
        self._restore_names(report["hints"])
        forget_recent()
        if state.final is None and report["error"] is None:
            self._heed_answer(report["hints"])
        if state.final is not None:
            report["error"] = None
            report["final"] = {"value": state.final.value}
            state.final = None
        if tree is not None:
            self.keeper.learn_sources(_definitions(tree, code))
        entries, gone, hints = self.keeper.settle(mentioned)
        report["hints"] += hints
        report.update(stdout=self.output.excerpt(number), stdout_bytes=self.output.bytes)
        self._keep_output(number)
        report.update(entries=entries, gone=gone, changed=[entry["name"] for entry in entries if entry["name"] != "_"])
        report["variables"] = self.described()
        return report

    def _restore_names(self, hints):
        saved = vars(builtins)
        if len(saved) != len(self._saved_builtins) or any(saved.get(k) is not v for k, v in self._saved_builtins.items()):
            saved.clear()
            saved.update(self._saved_builtins)
        self._layer.clear()
        self._layer.update(self._saved_builtins)
        self._layer.update(self._offered)
        if any(sys.modules.get(name) is not module for name, module in self._saved_modules.items()):
            sys.modules.update(self._saved_modules)
        self.variables["__builtins__"] = self._layer
        self.variables["__name__"] = "__main__"
        if is_context_loaded():
            mend_context()
            if self.variables.get("context") is not context():
                if "context" in self.variables:
                    hints.append("`context` is read-only and is what it was before.")
                self.variables["context"] = context()
        for name in PROTECTED - {"context"}:
            if name in self.variables:
                del self.variables[name]
                hints.append(f"`{name}` is a word of blocks and means again what it meant.")

    def _heed_answer(self, hints):
        answer = self.variables.get("answer")
        if type(answer) is dict and answer.get("ready") is True:
            if answer.get("content") in (None, ""):
                hints.append("`answer` is ready but has no content, so it is no answer yet.")
            else:
                state.final = Final(plain(answer["content"]))
                answer["ready"] = False

    def _keep_output(self, number):
        if self.output.chars:
            self._out[number] = self.output.kept()
            while sum(map(len, self._out.values())) > _MOST_OUTPUT_KEPT:
                del self._out[next(iter(self._out))]

    def described(self):
        """The variables, as the host lists them."""
        return [
            {"name": name, "kind": describe(value), "bytes": size(value)}
            for name, value in self.variables.items()
            if not name.startswith("_") and self.keeper.is_variable(name) and not isinstance(value, types.ModuleType)
        ]

    def value(self, name):
        """A variable as JSON; `None` when it is not bound."""
        if name == "context":
            return {"value": plain(context())}
        if name.startswith("__") or name not in self.variables:
            return None
        return {"value": plain(self.variables[name])}

    def assign(self, name, value):
        """Binds a variable from outside of any block."""
        self.variables[name] = value
        return self.keeper.settle({name})

    def bring_back(self, entries, order):
        """The variables of a snapshot; returns the names of those that could not be brought back."""
        lost = bring_back(entries, order, self.variables, self._run_source)
        self._restore_names([])
        self.keeper.settle(set(self.variables))
        return lost

    def _run_source(self, name, source):
        file = f"<repl:{name}>"
        self._texts[file] = source.splitlines()
        exec(compile(source, file, "exec", 0, True), self.variables)
        self.keeper.learn_sources({name: source})


def _compiled(node, name, is_last):
    if is_last and isinstance(node, ast.Expr):
        code = compile(ast.Expression(node.value), name, "eval", 0, True)
        return _Statement(code, node.lineno, True)
    return _Statement(compile(ast.Module([node], []), name, "exec", 0, True), node.lineno, False)


def _definitions(tree, code):
    """The text of each function, class and named lambda at the top of a block."""
    lines = code.splitlines()
    found = {}
    for node in tree.body:
        first, name = node.lineno, None
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            name = node.name
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
        if name is not None:
            found[name] = "\n".join(lines[first - 1 : node.end_lineno])
    return found


def _said(error):
    if isinstance(error, SystemExit):
        return "SystemExit: a block does not exit; FINAL(value) ends it with an answer"
    if isinstance(error, MemoryError):
        return f"MemoryError: {error}" if str(error) else "MemoryError: more memory than a block may take"
    try:
        text = str(error)
    except Exception:
        text = ""
    text = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[:_LONGEST_MESSAGE]} …"


def _progress(done, line):
    at = f" at line {line}" if line else ""
    if done == 0:
        return f"statement 1 failed{at}, nothing before it"
    before = "statement 1" if done == 1 else f"statements 1–{done}"
    return f"{before} done, {done + 1} failed{at}"


def _unreadable(error, code):
    line = getattr(error, "lineno", None)
    lines = code.splitlines()
    text = f"\n  line {line}: {lines[line - 1].strip()[:200]}" if line and 0 < line <= len(lines) else ""
    message = getattr(error, "msg", None) or str(error) or "the block is too deeply nested"
    return {"line": line, "message": f"{type(error).__name__}: {message}; nothing of the block was run{text}"}
