"""Widgets without a front end: their state as the kernel tells it, and Output widgets that take over a cell's output.

An Output widget asks for the output of a message by setting ``msg_id``; from then on outputs of that request go into
the widget's own ``outputs``, which are synced back to the kernel, as JupyterLab does (ipywidgets, "OutputModel").
"""

import base64
from typing import Any, Callable, Dict, List, Optional, Tuple

from .outputs import Json

_OUTPUT_MODULE, _OUTPUT_MODEL = "@jupyter-widgets/output", "OutputModel"

_FULL = 8 << 20  # characters in one Output widget; what comes then goes to the cell

# (comm id, state to set, header of the message that caused it)
SendState = Callable[[str, Json, Json], None]


class OutputWidget:
    """One Output widget: a list of outputs with the rules of a cell."""

    def __init__(self, comm_id: str, state: Json) -> None:
        self.comm_id = comm_id
        self.outputs = list(state.get("outputs") or [])  # type: List[Json]
        self.msg_id = None  # type: Optional[str]
        self._clear_next = False
        self._size = 0

    def add(self, output: Json) -> bool:
        """Append an output, text to text of the same stream; False where the widget is full."""
        if self._clear_next:
            self.clear(wait=False)
        size = sum(len(value) for value in (output.get("data") or {}).values() if isinstance(value, str))
        size += len(output.get("text", ""))
        if self._size + size > _FULL:
            return False
        self._size += size
        last = self.outputs[-1] if self.outputs else None
        if last and output["output_type"] == last.get("output_type") == "stream" and output["name"] == last["name"]:
            last["text"] += output["text"]
        else:
            self.outputs.append(output)
        return True

    def clear(self, wait: bool) -> bool:
        """Clear the outputs, or with ``wait`` before the next; whether they changed."""
        self._clear_next = wait
        if not wait:
            self.outputs = []
            self._size = 0
        return not wait


class Widgets:
    """All comms of the run."""

    def __init__(self, send_state: SendState) -> None:
        self.changed = False  # since the state was last taken
        self._send_state = send_state
        self._state = {}  # type: Dict[str, Json]
        self._buffers = {}  # type: Dict[str, Dict[Tuple[Any, ...], Json]]
        self._outputs = {}  # type: Dict[str, OutputWidget]
        self._dirty = {}  # type: Dict[str, Tuple[OutputWidget, Json]]
        self._hooks = {}  # type: Dict[str, List[OutputWidget]]

    def comm(self, message: Json) -> None:
        """Follow a comm_open or comm_msg from the kernel."""
        content = message["content"]
        comm_id, data = str(content.get("comm_id")), content.get("data")
        state = data.get("state") if isinstance(data, dict) else None
        if isinstance(state, dict):
            self._keep(comm_id, state, data, message.get("buffers") or [])
        if message["msg_type"] == "comm_open":
            if content.get("target_name") == "jupyter.widget" and isinstance(state, dict) and _is_output(state):
                self._outputs[comm_id] = OutputWidget(comm_id, state)
        elif comm_id in self._outputs and isinstance(state, dict) and "msg_id" in state:
            self._hook(self._outputs[comm_id], state["msg_id"])

    def take(self, message: Json, output: Json) -> bool:
        """Give an output to the widget that asked for it; False where none did."""
        widget = self._taker(message)
        if widget is None or not widget.add(output):
            return False
        self._dirty[widget.comm_id] = (widget, message["parent_header"])
        return True

    def clear(self, message: Json) -> bool:
        """Give a clear_output to the widget that asked for output; False where none did."""
        widget = self._taker(message)
        if widget is None:
            return False
        if widget.clear(bool(message["content"].get("wait"))):
            self._dirty[widget.comm_id] = (widget, message["parent_header"])
        return True

    def sync(self) -> None:
        """Tell the kernel what its Output widgets hold now; between two cells, as it does not listen in one."""
        dirty, self._dirty = self._dirty, {}
        for comm_id, (widget, parent) in dirty.items():
            self.changed = True
            self._state.setdefault(comm_id, {})["outputs"] = widget.outputs
            self._send_state(comm_id, {"outputs": widget.outputs}, parent)

    def state(self) -> Optional[Json]:
        """All models' state as notebooks store it; None where there are none."""
        self.changed = False
        models = {
            comm_id: self._model(comm_id, state) for comm_id, state in self._state.items() if "_model_name" in state
        }
        return {"state": models, "version_major": 2, "version_minor": 0} if self._state else None

    def _model(self, comm_id: str, state: Json) -> Json:
        model = {
            "model_name": state.get("_model_name"),
            "model_module": state.get("_model_module"),
            "model_module_version": state.get("_model_module_version"),
            "state": state,
        }  # type: Json
        buffers = self._buffers.get(comm_id)
        if buffers:
            model["buffers"] = list(buffers.values())
        return model

    def _keep(self, comm_id: str, state: Json, data: Json, buffers: List[Any]) -> None:
        self.changed = True
        self._state.setdefault(comm_id, {}).update(state)
        for path, buffer in zip(data.get("buffer_paths") or [], buffers):
            packed = {"data": base64.b64encode(buffer).decode("ascii"), "encoding": "base64", "path": path}
            self._buffers.setdefault(comm_id, {})[tuple(path)] = packed

    def _hook(self, widget: OutputWidget, msg_id: Any) -> None:
        if msg_id:
            widget.msg_id = str(msg_id)
            self._hooks.setdefault(widget.msg_id, []).append(widget)
        else:
            hooks = self._hooks.get(widget.msg_id or "", [])
            if widget in hooks:
                hooks.remove(widget)
            widget.msg_id = None

    def _taker(self, message: Json) -> Optional[OutputWidget]:
        hooks = self._hooks.get(message["parent_header"].get("msg_id", ""))
        return hooks[-1] if hooks else None


def _is_output(state: Json) -> bool:
    return state.get("_model_module") == _OUTPUT_MODULE and state.get("_model_name") == _OUTPUT_MODEL
