"""The code that travels: standard library only, Python 3.8 or newer, imports nothing but itself.

The same files serve both ends of the pipe: the laptop imports `frames`, `journal`, `blobs`, `layout`, `names`
and `durable`; the machine runs all of it from ``runner/<sha256>.pyz``.
"""

PROTOCOL = 1  # raised when a frame, a journal record or the layout changes its meaning
