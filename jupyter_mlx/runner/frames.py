"""The frames both ends speak on the pipe (docs/formats.md, "Frames").

::

    frame = u32 header length | u32 body length | header: JSON object, UTF-8 | body: bytes      (big-endian)
"""

import json
import struct
from typing import Any, Callable, Dict, NamedTuple, Optional

MAX_HEADER = 1 << 20
MAX_BODY = 1 << 20
MAX_DEPTH = 32

_LENGTHS = struct.Struct(">II")


class FrameError(ValueError):
    """The peer sent something that is no frame; the pipe cannot be used any further."""


class Frame(NamedTuple):
    """One message: a JSON object and, with some, raw bytes."""

    header: Dict[str, Any]
    body: bytes


def encode(header: Dict[str, Any], body: bytes = b"") -> bytes:
    """A frame as bytes. Raises `FrameError` where a part is over its limit."""
    head = json.dumps(header, separators=(",", ":")).encode("ascii")
    if len(head) > MAX_HEADER or len(body) > MAX_BODY:
        raise FrameError("a frame of %d + %d bytes is over the limit" % (len(head), len(body)))
    return b"".join((_LENGTHS.pack(len(head), len(body)), head, body))


def depth_of(value: Any) -> int:
    """How deep a JSON value is nested: 0 for a scalar. Iterative, so it cannot overflow the stack."""
    deepest, stack = 0, [(value, 0)]
    while stack:
        item, level = stack.pop()
        if isinstance(item, dict):
            children = list(item.values())
        elif isinstance(item, list):
            children = item
        else:
            continue
        deepest = max(deepest, level + 1)
        if level < MAX_DEPTH:
            stack.extend((child, level + 1) for child in children)
    return deepest


def read_frame(read_exactly: Callable[[int], bytes]) -> Optional[Frame]:
    """The next frame; None at a clean end of the stream.

    ``read_exactly(n)`` returns n bytes, or fewer only at the end. Raises `FrameError`.
    """
    lengths = read_exactly(_LENGTHS.size)
    if not lengths:
        return None
    if len(lengths) < _LENGTHS.size:
        raise FrameError("the stream ended inside a frame")
    head_size, body_size = _LENGTHS.unpack(lengths)
    if head_size > MAX_HEADER or body_size > MAX_BODY:
        raise FrameError("a frame claims %d + %d bytes: over the limit" % (head_size, body_size))
    head = read_exactly(head_size)
    body = read_exactly(body_size) if body_size else b""
    if len(head) < head_size or len(body) < body_size:
        raise FrameError("the stream ended inside a frame")
    try:
        header = json.loads(head.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise FrameError("a frame's header is not JSON: %s" % error) from None
    if not isinstance(header, dict):
        raise FrameError("a frame's header is not an object")
    if depth_of(header) > MAX_DEPTH:
        raise FrameError("a frame's header is nested deeper than %d" % MAX_DEPTH)
    return Frame(header, body)
