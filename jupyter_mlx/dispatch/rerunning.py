"""The same content once more: bundle, notebook and parameters of a run as a new one."""

from __future__ import annotations

from ..errors import ConflictError
from ..models import Json, Machine
from ..runner.blobs import BlobMissing, BlobStore
from ..runner.trees import TreeError
from ..store import Store
from .delivery import spec_blobs

_OWN = ("id", "number", "created", "tools", "rerun_of")  # of the one run, not of its content


def spec_again(store: Store, blobs: BlobStore, run_id: str, machine: Machine) -> Json:
    """The spec of a run, to be submitted as a new one to a machine.

    Raises `ConflictError` where its content is no longer on this computer and the machine is not the one that has it.
    """
    run = store.run(run_id)
    before = store.spec(run_id)
    spec = {key: value for key, value in before.items() if key not in _OWN}
    try:
        gone = [blob_id for blob_id in spec_blobs(spec, blobs) if not blobs.has(blob_id)]
    except (TreeError, BlobMissing) as error:
        raise ConflictError(f"the content of run #{run.number} is damaged on this computer: {error}") from error
    if gone and machine.name != run.machine:
        raise ConflictError(
            f"{len(gone)} parts of what run #{run.number} was given are no longer on this computer",
            field="run",
            hint=f"only {run.machine} may still have them: rerun it there",
        )
    return {
        **spec,
        "rerun_of": run.id,
        "price": machine.price,
        "currency": machine.currency,
        "slots": machine.slots,
    }
