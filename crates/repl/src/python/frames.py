"""Frames between this process and the host: four bytes of length (big endian), then JSON, or bytes where the frame before says so.

Requests of a block carry a number, and their replies the same one. While a frame is on its way an interrupt is only noted, so that
none is ever cut in the middle.
"""
import json
import os
import signal
import time

_IN, _OUT = 3, 4
_LIMIT = 64 << 20
_ROOM = 1 << 16

# JSON takes 3 ms for a megabyte; longer texts than this travel as frames of their own, ahead of the message.
_LONG_TEXT = 1 << 16
_apart = []


class Words:
    """A text that stands in a message by its number."""

    __slots__ = ("text",)

    def __init__(self, text):
        self.text = text


def words(text):
    """The text, or what stands for it."""
    return Words(text) if len(text) > _LONG_TEXT else text


def _number(value):
    if type(value) is not Words:
        raise TypeError(f"{type(value).__name__} cannot be passed to the host")
    _apart.append(value.text.encode("utf-8", "replace"))
    return {"apart": len(_apart) - 1}


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_number).encode
_decode = json.JSONDecoder().decode
_read, _write = os.read, os.write
_buffer = bytearray()


class CallError(Exception):
    """What the host answered instead of a result."""


class State:
    """What a signal, a call and a block must know of each other."""

    last = 0
    is_busy = False
    is_running = False
    is_interrupted = False
    interrupts = 0
    expected = 0
    final = None


state = State()


def _on_interrupt(_signal, _frame):
    state.interrupts += 1
    if state.is_busy:
        state.is_interrupted = True
    elif state.is_running:
        raise KeyboardInterrupt


def listen_to_interrupts():
    signal.signal(signal.SIGINT, _on_interrupt)


def await_interrupts(count):
    """Waits for the signals that blocks before this one got, so that a late one does not hit it. A block may have hidden them."""
    state.expected = count
    for _turn in range(200):
        if state.interrupts >= count:
            return
        time.sleep(0.001)
    state.interrupts = count


def _fill(count):
    while len(_buffer) < count:
        piece = _read(_IN, max(_ROOM, count - len(_buffer)))
        if not piece:
            os._exit(0)
        _buffer.extend(piece)


def receive_bytes():
    _fill(4)
    count = int.from_bytes(_buffer[:4], "big")
    if count > _LIMIT:
        os._exit(3)
    _fill(4 + count)
    body = bytes(memoryview(_buffer)[4 : 4 + count])
    del _buffer[: 4 + count]
    return body


def receive():
    return _decode(receive_bytes().decode("utf-8"))


def send(message):
    _apart.clear()
    body = _encode(message).encode("utf-8", "replace")
    if len(body) + sum(map(len, _apart)) > _LIMIT:
        raise CallError("this is more than 64 MB, the most that can be passed at once")
    if _apart:
        _send_bytes(_encode({"op": "apart", "count": len(_apart)}).encode("utf-8"))
        for text in _apart:
            _send_bytes(text)
        _apart.clear()
    _send_bytes(body)


def _send_bytes(body):
    head = len(body).to_bytes(4, "big")
    if len(body) <= _LONG_TEXT:
        head, body = head + body, b""
    for part in (head, body):
        rest = memoryview(part)
        while rest:
            rest = rest[_write(_OUT, rest) :]


def call(op, fields, sink=None):
    """Asks the host and waits. `sink` reads the frames of bytes that follow the reply."""
    if state.final is not None:
        raise state.final
    if state.is_busy:
        raise RuntimeError("a call cannot be made while another one is under way")
    state.is_busy = True
    try:
        state.last += 1
        send({"id": state.last, "op": op, **fields})
        reply = receive()
        while reply.get("id") != state.last:
            reply = receive()
        result = reply.get("ok")
        if sink is not None and "error" not in reply:
            result = sink(result)
    finally:
        state.is_busy = False
    # The reply may be faster than the signal.
    if state.is_interrupted or reply.get("is_interrupted"):
        state.is_interrupted = False
        raise KeyboardInterrupt
    if "error" in reply:
        raise CallError(reply["error"])
    return result
