from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import signal
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest

from jupyter_mlx.models import new_run_id
from jupyter_mlx.runner import PROTOCOL
from jupyter_mlx.runner.blobs import BlobStore
from jupyter_mlx.runner.boot import boot_id
from jupyter_mlx.runner.durable import write_json
from jupyter_mlx.runner.frames import FrameError, encode
from jupyter_mlx.runner.journal import Record, read
from jupyter_mlx.runner.layout import Root

from ..test_travelling import pythons
from .bed import Peer, eventually, install, made_run, peer, project, written
from .runs import code_notebook

HERE = Path(__file__).parents[2]


@pytest.fixture(params=sorted({"3.8", f"3.{sys.version_info.minor}"} & set(pythons())))
def python(request):
    """The oldest Python we promise, where there is one here, and our own."""
    return pythons()[request.param]


@pytest.fixture
def agent(tmp_path):
    one = Peer(tmp_path / "root")
    yield one
    one.close()


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def rss(process: subprocess.Popen) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) << 10


# -- the conversation --------------------------------------------------------------------------------------------


def test_hello_ping_and_a_quiet_end(tmp_path, python):
    one = Peer(tmp_path / "root", python=python)
    hello = one.hello
    assert (hello["op"], hello["protocol"], hello["root"]) == ("hello", PROTOCOL, str(tmp_path / "root"))
    assert hello["boot_id"] == boot_id() and hello["pid"] == one.process.pid and hello["platform"] == "linux"
    assert abs(hello["time"] - time.time()) < 60
    assert len(hello["runner"]) == 64
    assert set(one.request("ping")) == {"time"}
    assert one.close() == ""
    assert one.process.returncode == 0


def test_a_whole_conversation_on_each_python(tmp_path, python):
    laptop = BlobStore(str(tmp_path / "laptop"))
    code = "open('../outputs/left', 'w').write('behind'); print('hello')"
    spec, ids = project(laptop, code_notebook(code), data=b"d" * 5000)
    run_id = spec["id"] = new_run_id()
    with peer(tmp_path / "root", python=python) as one:
        assert one.request("submit", spec=spec)["missing"] == [ids[0], spec["notebook_blob"]]
        for name in ids:
            one.blob(Path(laptop.path(name)).read_bytes(), name, z=True)
        assert one.request("submit", spec=spec) == {"accepted": True, "created": True}
        journal = b""
        number = one.ask("follow", run=run_id, offset=0)
        while not (frame := one.receive(100)).header.get("end"):
            journal += frame.body
            one.send({"op": "ack", "follow": number, "offset": len(journal)})
        run = one.request("status", run=run_id)["run"]
        assert run["state"] == "succeeded", run
        assert run["exit"]["journal_bytes"] == len(journal)
        assert [frame.header["run"] for frame in one.frames("runs")[:-1]] == [run]
        assert json.loads(b"".join(frame.body for frame in one.frames("spec", run=run_id))) == spec
        assert one.frames("read", run=run_id, area="outputs", path="left")[0].body == b"behind"
        assert b"".join(frame.body for frame in one.frames("read", run=run_id, area="journal")) == journal
        assert one.request("inbox", run=run_id, message={"type": "cancel"})["error"]["code"] == "conflict"
        assert one.request("probe")["facts"]
        assert one.request("gc", dry_run=True, keep=[run_id], keep_days=0)["items"] == []
        assert one.request("remove", run=run_id)["freed"] > 0
        assert [frame.header.get("end") for frame in one.frames("runs")] == [True]


def test_from_a_checkout_too(tmp_path):
    argv = [sys.executable, "-m", "jupyter_mlx.runner", "agent", "--root", str(tmp_path / "root")]
    done = subprocess.run(argv, cwd=HERE, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert done.returncode == 0 and b'"runner":"checkout"' in done.stdout


def test_the_zip_is_unpacked_for_the_next_start(tmp_path):
    home = install(tmp_path / "root")
    with peer(tmp_path / "root", home=home):
        eventually(lambda: os.path.isdir(home[:-4]))
    with peer(tmp_path / "root", home=home[:-4]) as second:
        assert second.hello["runner"] == os.path.basename(home)[:-4]


@pytest.mark.parametrize(
    "frame",
    [
        b"\x00\x00\x00\x02\x00\x00\x00\x00[]",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        struct.pack(">II", 1 << 31, 0),
        encode({"op": "ping", "n": 1})[:-3],
    ],
)
def test_what_is_no_frame_ends_the_agent(agent, frame):
    agent.write(frame)
    agent.process.stdin.close()
    assert agent.ends() == 1
    assert "sent no frame" in agent.process.stderr.read().decode()


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ({"op": "dance"}, "op"),
        ({"op": None}, "op"),
        ({}, "op"),
        ({"op": "status"}, "run"),
        ({"op": "status", "run": "../../etc"}, "run"),
        ({"op": "status", "run": 7}, "run"),
        ({"op": "status", "run": "01JD9Z8GN4V8QK2M6T0XW3YABC"}, "run"),
        ({"op": "follow", "run": "01JD9Z8GN4V8QK2M6T0XW3YABC", "offset": 0}, "run"),
        ({"op": "have", "ids": "x"}, "ids"),
        ({"op": "have", "ids": ["x"]}, "ids"),
        ({"op": "have", "ids": ["0" * 64] * 30000}, "ids"),
        ({"op": "submit"}, "spec"),
        ({"op": "submit", "spec": []}, "spec"),
        ({"op": "submit", "spec": {}}, "format"),
        ({"op": "gc", "dry_run": "yes"}, "dry_run"),
        ({"op": "gc", "keep": ["x"]}, "keep"),
        ({"op": "gc", "keep_days": -1}, "keep_days"),
        ({"op": "gc", "keep_days": "NaN"}, "keep_days"),
        ({"op": "runs", "since": 5}, "since"),
    ],
)
def test_a_bad_request_gets_an_error_and_the_next_is_served(agent, header, field):
    if len(json.dumps(header)) > 1 << 20:
        with pytest.raises(FrameError):
            encode(header)
        return
    agent.send({**header, "n": 99})
    reply = agent.receive().header
    assert reply["n"] == 99
    assert reply["error"]["code"] in ("input", "not_found") and reply["error"]["field"] == field
    assert reply["error"]["message"] and "Traceback" not in reply["error"]["message"]
    assert "time" in agent.request("ping")


def test_follows_and_acks_of_nothing_are_no_harm(agent):
    for header in ({"op": "ack"}, {"op": "ack", "follow": 5, "offset": "x"}, {"op": "unfollow", "follow": []}):
        agent.send(header)
    assert "time" in agent.request("ping")


def test_a_root_that_cannot_be_made_is_said_in_the_first_frame(tmp_path):
    (tmp_path / "root").mkdir()
    home = install(tmp_path / "elsewhere")
    (tmp_path / "root" / "blobs").write_bytes(b"a file in the way")
    one = Peer(tmp_path / "root", home=home)
    assert one.hello["op"] == "hello" and one.hello["error"]["code"] == "machine"
    assert "blobs" in one.hello["error"]["message"]
    assert one.ends() == 3
    one.close()


# -- its end -----------------------------------------------------------------------------------------------------


def test_silence_ends_it(tmp_path):
    with peer(tmp_path / "root", silence="1") as one:
        assert one.ends() == 0


def test_words_keep_it_alive_also_half_ones(tmp_path):
    with peer(tmp_path / "root", silence="2") as one:
        frame = encode({"op": "ping", "n": 1})
        for n in range(len(frame)):
            one.write(frame[n : n + 1])
            time.sleep(0.1)
        assert one.receive().header["n"] == 1


def test_a_client_that_does_not_read_ends_it(tmp_path):
    root = Root(str(tmp_path / "root"))
    paths = made_run(root)
    written(paths, *[{"type": "stream", "text": "x" * 60_000}] * 40)
    with peer(tmp_path / "root", silence="2") as one:
        one.reading.clear()
        for n in range(5):
            one.send({"op": "follow", "n": n, "run": paths.id, "offset": 0})
        with contextlib.suppress(BrokenPipeError):
            while one.process.poll() is None:  # it talks, but takes nothing
                one.send({"op": "ack", "follow": 0, "offset": 0})
                time.sleep(0.1)
        assert one.ends() == 0


def test_signals_of_a_terminal_do_not_end_it(agent):
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGPIPE):
        agent.process.send_signal(number)
    assert "time" in agent.request("ping")


def test_a_closed_output_ends_it(tmp_path):
    argv = [sys.executable, "-I", "-S", install(tmp_path / "root"), "agent", "--root", str(tmp_path / "root")]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin and process.stdout
    process.stdout.read(8)
    process.stdout.close()
    process.stdin.write(encode({"op": "ping", "n": 1}))
    process.stdin.flush()
    assert process.wait(30) == 0
    process.stdin.close()


# -- blobs -------------------------------------------------------------------------------------------------------


def test_blobs_arrive_in_pieces_packed_or_not_and_resume(tmp_path):
    data = os.urandom(1000) * 3000
    small = b"small" * 100
    with peer(tmp_path / "root") as one:
        one.blob(small, sha(small), z=True)
        for at in range(0, 2_000_000, 500_000):
            one.blob(data, sha(data), offset=at, stop=at + 500_000, z=at % 1_000_000 == 0)
        reply = one.request("have", ids=[sha(data), sha(small)])
        assert reply == {"missing": [sha(data)], "partial": {sha(data): 2_000_000}}
    with peer(tmp_path / "root") as two:
        assert two.request("have", ids=[sha(data)])["partial"] == {sha(data): 2_000_000}
        two.blob(data, sha(data), offset=2_000_000, z=True)
        assert two.request("have", ids=[sha(data)]) == {"missing": [], "partial": {}}


def test_wrong_blobs_show_as_missing(agent):
    name = sha(b"right")
    agent.send({"op": "blob", "id": name, "size": 5, "offset": 0, "z": False}, b"wrong")
    assert agent.request("have", ids=[name])["missing"] == [name]


@pytest.mark.parametrize(
    ("header", "body", "says"),
    [
        ({"z": True}, b"this is not zlib", "unpacked"),
        ({"z": 1}, b"x\x9c" + b"\0" * 10, "unpacked"),
        ({"size": -1}, b"right", "size"),
        ({"size": None}, b"right", "size"),
        ({"offset": "0"}, b"right", "offset"),
    ],
)
def test_bad_pieces_are_explained_when_their_blob_is_asked_for(agent, header, body, says):
    name = sha(b"right")
    agent.send({"op": "blob", "id": name, "size": 5, "offset": 0, **header}, body)
    assert says in agent.request("have", ids=[name])["error"]["message"]
    assert agent.request("have", ids=[name])["missing"] == [name], "said once"


def test_a_packed_bomb_is_not_unpacked(agent):
    name = sha(b"right")
    header = {"op": "blob", "id": name, "size": 1 << 40, "offset": 0, "z": True}
    agent.send(header, zlib.compress(b"\0" * (64 << 20)))
    assert agent.request("have", ids=[name])["error"]["code"] == "limit"
    assert rss(agent.process) < 64 << 20


# -- requests at once --------------------------------------------------------------------------------------------


def test_many_requests_at_once_each_get_their_own_answer(agent):
    root = Root(agent.hello["root"])
    runs = [made_run(root) for _ in range(5)]
    for n in range(300):
        agent.send({"op": "spec" if n % 2 else "status", "n": n, "run": runs[n % 5].id})
    answers: dict[int, list] = {}
    while len(answers) < 300 or not all(answers[n][-1].header.get("end") for n in range(1, 300, 2)):
        frame = agent.receive()
        answers.setdefault(frame.header["n"], []).append(frame)
    for n, frames in answers.items():
        if n % 2:
            assert json.loads(b"".join(frame.body for frame in frames))["id"] == runs[n % 5].id
        else:
            assert frames[0].header["run"]["id"] == runs[n % 5].id


def test_a_slow_request_does_not_hold_up_the_others(agent):
    paths = made_run(Root(agent.hello["root"]))
    held = os.open(os.path.join(agent.hello["root"], "blobs", ".sweep.lock"), os.O_RDWR | os.O_CREAT)
    fcntl.flock(held, fcntl.LOCK_EX)  # as a long sweep on the machine
    spec, _ = project(BlobStore(os.path.join(agent.hello["root"], "blobs")))
    spec["environment"] = {"kind": "existing", "target": "/none"}
    slow = agent.ask("submit", spec={**spec, "id": new_run_id()})
    for _ in range(20):
        assert "time" in agent.request("ping")
    assert agent.request("status", run=paths.id)["run"]["id"] == paths.id
    os.close(held)
    assert agent.receive().header["n"] == slow


# -- runs --------------------------------------------------------------------------------------------------------


def test_runs_and_spec(agent):
    root = Root(agent.hello["root"])
    first, second = made_run(root), made_run(root)
    written(first, {"type": "state", "state": "preparing"}, {"type": "state", "state": "running"})
    verdict = {"state": "succeeded", "journal_bytes": os.stat(first.journal).st_size}
    write_json(first.exit, verdict)
    hold = os.open(second.alive, os.O_RDWR | os.O_CREAT)
    fcntl.flock(hold, fcntl.LOCK_EX)
    frames = agent.frames("runs")
    runs = {frame.header["run"]["id"]: frame.header["run"] for frame in frames[:-1]}
    assert runs[first.id] == {
        "id": first.id,
        "spec_bytes": os.stat(first.spec).st_size,
        "state": "succeeded",
        "exit": verdict,
        "journal_bytes": verdict["journal_bytes"],
        "alive": False,
    }
    assert (runs[second.id]["state"], runs[second.id]["alive"], runs[second.id]["exit"]) == ("preparing", True, None)
    written(second, {"type": "state", "state": "running"})
    assert agent.request("status", run=second.id)["run"]["state"] == "running"
    later = [frame.header["run"]["id"] for frame in agent.frames("runs", since=min(first.id, second.id))[:-1]]
    assert later == [max(first.id, second.id)]
    frames = agent.frames("spec", run=first.id)
    assert b"".join(frame.body for frame in frames) == Path(first.spec).read_bytes()
    assert frames[-1].header["size"] == os.stat(first.spec).st_size
    os.close(hold)


def test_a_large_spec_comes_in_several_frames(agent):
    paths = made_run(Root(agent.hello["root"]))
    Path(paths.spec).write_bytes(b'{"x": "' + b"y" * (3 << 20) + b'"}')
    frames = agent.frames("spec", run=paths.id)
    assert len(frames) > 4 and b"".join(frame.body for frame in frames) == Path(paths.spec).read_bytes()


def test_inbox_messages_keep_their_order(agent):
    paths = made_run(Root(agent.hello["root"]))
    numbers = [agent.ask("inbox", run=paths.id, message={"type": "execute", "id": str(n)}) for n in range(20)]
    replies = [agent.receive().header for _ in numbers]
    assert [reply["n"] for reply in replies] == numbers
    events = [item.event for item in read(paths.inbox) if isinstance(item, Record)]
    assert [event["id"] for event in events[2:]] == [str(n) for n in range(20)]
    assert [reply["seq"] for reply in replies] == list(range(3, 23))


def test_inbox_refusals(agent):
    paths = made_run(Root(agent.hello["root"]))
    assert agent.request("inbox", run=paths.id, message={"intent": "x"})["error"]["field"] == "message"
    assert agent.request("inbox", run=paths.id, message=[])["error"]["field"] == "message"
    large = {"type": "execute", "source": "\U0001f409" * 80_000}  # JSON in ASCII is three times as long on the way
    assert "seq" in agent.request("inbox", run=paths.id, message=large)
    write_json(paths.exit, {"state": "succeeded"})
    assert agent.request("inbox", run=paths.id, message={"type": "cancel"})["error"]["code"] == "conflict"


def test_a_tree_of_the_client_is_judged_before_a_run_is_made(agent):
    spec, _ = project(BlobStore(os.path.join(agent.hello["root"], "blobs")))
    evil = b'{"entries":[{"id":"' + b"a" * 64 + b'","kind":"file","name":"..","size":1}]}'
    agent.blob(evil, sha(evil))
    run_id = new_run_id()
    reply = agent.request("submit", spec={**spec, "id": run_id, "bundle": {"digest": sha(evil)}})
    assert reply["error"]["code"] == "input" and reply["error"]["field"] == "bundle"
    assert agent.request("status", run=run_id)["error"]["code"] == "not_found"


def test_memory_stays_small_while_much_comes_in(agent):
    data = os.urandom(1 << 18)
    before = rss(agent.process)
    for n in range(200):
        name = sha(bytes([n]))
        agent.send({"op": "blob", "id": name, "size": 1 << 30, "offset": 0, "z": False}, data)
    assert "time" in agent.request("ping")
    assert rss(agent.process) - before < 16 << 20
