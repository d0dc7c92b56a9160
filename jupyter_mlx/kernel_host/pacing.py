"""What a Python kernel is told before the first cell: to wait for us instead of dropping output, and where to crash.

A kernel's output socket drops messages once a thousand of them wait. Here it blocks instead, and text goes out in
pieces of 128 Ki characters while whoever prints more waits as for a slow terminal: no process holds more than some MB,
whatever a cell prints.
"""

PIECE = 128 << 10

# Runs inside the kernel, silently, in a namespace of its own. It reaches into ipykernel's OutStream: 6 has one buffer
# per stream, 7 one per request. Where neither is found, output is as fast and as lossy as it ever was.
SOURCE = """
def pace(piece):
    import faulthandler
    import sys
    import threading
    import zmq
    from ipykernel.iostream import OutStream
    from ipykernel.kernelapp import IPKernelApp

    thread = IPKernelApp.instance().iopub_thread
    thread.schedule(lambda: thread.socket.setsockopt(zmq.XPUB_NODROP, 1))
    schedule_flush, flush_whole = OutStream._schedule_flush, OutStream._flush

    def buffers(stream):
        found = getattr(stream, "_buffers", None)
        return {None: stream._buffer} if found is None else found

    def size(stream):
        with stream._buffer_lock:
            return sum(buffer.tell() for buffer in buffers(stream).values())

    def _schedule_flush(self):
        schedule_flush(self)
        self._writes = getattr(self, "_writes", 0) + 1
        if self._writes %% 16 == 0 and size(self) >= piece and threading.current_thread() is not thread.thread:
            self.flush()

    def _flush(self):
        with self._buffer_lock:
            if size(self) <= piece:
                return flush_whole(self)
            many = hasattr(self, "_buffers")
            whole = self._rotate_buffers() if many else {None: self._rotate_buffer()}
            for key, buffer in whole.items():
                text = buffer.getvalue()
                for start in range(0, len(text), piece):
                    (self._buffers[key] if many else self._buffer).write(text[start:start + piece])
                    flush_whole(self)

    # A crash is told to the descriptor that is still read then, not to the one the dying process reads itself.
    stderr = getattr(sys.stderr, "_original_stdstream_copy", None)
    if stderr is not None:
        faulthandler.enable(stderr)
    size(sys.stdout)
    OutStream._schedule_flush, OutStream._flush = _schedule_flush, _flush

pace(%d)
"""


def startup_code() -> str:
    """One statement that leaves no name behind."""
    return "exec(%r, {'__name__': 'jupyter_mlx_pacing'})" % (SOURCE % PIECE)
