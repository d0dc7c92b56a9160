"""A kernel's messages as nbformat 4 outputs."""

from typing import Any, Dict, Optional

Json = Dict[str, Any]


def output_of(message: Json) -> Optional[Json]:
    """The output a message stands for; None where it stands for none. Fields as nbformat has them."""
    kind, content = message["msg_type"], message["content"]
    if kind == "stream":
        return {"output_type": kind, "name": str(content.get("name", "stdout")), "text": str(content.get("text", ""))}
    if kind == "display_data":
        return {"output_type": kind, "data": content.get("data"), "metadata": content.get("metadata")}
    if kind == "execute_result":
        return {
            "output_type": kind,
            "data": content.get("data"),
            "metadata": content.get("metadata"),
            "execution_count": content.get("execution_count"),
        }
    if kind == "error":
        return {
            "output_type": kind,
            "ename": content.get("ename", ""),
            "evalue": content.get("evalue", ""),
            "traceback": content.get("traceback") or [],
        }
    return None


def display_id_of(message: Json) -> Optional[str]:
    """The display an output belongs to, where it has one."""
    transient = message["content"].get("transient")
    found = transient.get("display_id") if isinstance(transient, dict) else None
    return found if isinstance(found, str) else None
