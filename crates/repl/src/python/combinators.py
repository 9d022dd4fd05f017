"""Combinators over parts and results: MAP asks models, FILTER ranks by code, REDUCE merges by code or by a model."""
import json
import math
import re
import sys
from collections import Counter

from worker_calls import BLOCK_NAMES, llm_query_batched
from worker_context import is_text


def _parts(over, size):
    if over is None or is_text(over):
        return sys.modules["helpers"].chunk(size, src=over)
    return list(over.values()) if isinstance(over, dict) else list(over)


def MAP(question, over=None, size=50_000, **wishes):
    """The same question about every part, in one batch: the results in their order."""
    return llm_query_batched([question], _parts(over, size), **wishes)


def FILTER(question, over=None, k=10, size=50_000):
    """The k parts that fit the question best by their words, in the order of the text. No model is asked."""
    parts = _parts(over, size)
    words = set(re.findall(r"\w{3,}", str(question).lower()))
    found = [Counter(re.findall(r"\w{3,}", str(part).lower())) for part in parts]
    spread = {word: sum(1 for counts in found if word in counts) for word in words}
    worth = {word: math.log(1 + len(parts) / spread[word]) for word in words if spread[word]}
    scores = [sum(worth[word] * (1 + math.log(counts[word])) for word in worth if counts[word]) for counts in found]
    best = sorted(range(len(parts)), key=lambda at: (-scores[at], at))[:k]
    return [parts[at] for at in sorted(best) if scores[at] > 0]


def _numbers(items):
    for item in items:
        match = item if isinstance(item, (int, float)) else re.search(r"-?\d+(?:\.\d+)?", str(item))
        if match is not None:
            yield match if isinstance(match, (int, float)) else float(match.group()) if "." in match.group() else int(match.group())


def _counts(item):
    """What one result counts: a dict of counts, in JSON too, a list of labels, or one label."""
    text = str(item).strip()
    if isinstance(item, str) and text[:1] in "{[":
        try:
            item = json.loads(text)
        except ValueError:
            return [text]
    return item if isinstance(item, (dict, list)) else [text]


def _flat(items):
    for item in items:
        if isinstance(item, (list, tuple, set)):
            yield from item
        else:
            yield item


def _merge(items, question, k, wishes):
    texts = [str(item) for item in items]
    while len(texts) > 1:
        before = len(texts)
        groups = [texts[at:at + k] for at in range(0, len(texts), k)]
        asked = [group for group in groups if len(group) > 1]
        merged = iter(llm_query_batched([question], ["\n\n".join(group) for group in asked], **wishes))
        # What could not be merged stays as it is: nothing that was found is lost.
        texts = [_kept(group, next(merged)) if len(group) > 1 else group[0] for group in groups]
        assert len(texts) < before
    return texts[0] if texts else ""


def _kept(group, result):
    return str(result) if result.ok else "\n\n".join(group)


def REDUCE(items, how="concat", k=8, **wishes):
    """Many results as one: concat, sum, union, counter or vote by code, for nothing; anything else is a question by
    which a model merges k of them at a time."""
    items = [item for item in items if getattr(item, "ok", True)]
    if how == "concat":
        return "\n".join(str(item) for item in items)
    if how == "sum":
        return sum(_numbers(items))
    if how == "union":
        return list(dict.fromkeys(_flat(items)))
    if how == "counter":
        total = Counter()
        for item in items:
            total.update(_counts(item))
        return dict(total.most_common())
    if how == "vote":
        return Counter(str(item).strip() for item in items).most_common(1)[0][0] if items else None
    return _merge(items, str(how), max(2, k), wishes)


BLOCK_NAMES.update(MAP=MAP, FILTER=FILTER, REDUCE=REDUCE)
