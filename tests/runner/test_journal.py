from __future__ import annotations

import errno
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mlx.runner import journal
from jupyter_mlx.runner.journal import MAX_PAYLOAD, Damage, Decoder, Journal, Record, dumps, encode, read

EVENTS = [
    {"type": "state", "t": 1.5, "state": "running"},
    {"type": "stream", "cell": 0, "name": "stdout", "text": "loss é 0.25\r\n\x1b[0m"},
    {"type": "metric", "values": {"loss": 0.25}, "step": 3},
    {"type": "exit"},
]
HERE = Path(__file__).parents[2]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def records(events=EVENTS) -> list[bytes]:
    return [encode(n + 1, dumps(event)) for n, event in enumerate(events)]


def decode(*pieces: bytes, offset: int = 0) -> list[Record | Damage]:
    decoder = Decoder(offset)
    found = [item for piece in pieces for item in decoder.feed(piece)]
    return found + list(decoder.finish())


def good(items) -> list[tuple[int, dict]]:
    return [(item.seq, item.event) for item in items if isinstance(item, Record)]


def covers(items, size: int, offset: int = 0) -> bool:
    """Every byte is told of once, in order."""
    for item in items:
        if item.offset != offset or item.length <= 0:
            return False
        offset += item.length
    return offset == size


@given(st.lists(st.dictionaries(st.text(), JSON, max_size=4), max_size=6), st.data())
def test_what_was_written_is_read_whatever_the_pieces(events, data):
    whole = b"".join(records(events))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    items = decode(*pieces)
    expected = [(n + 1, json.loads(dumps(event))) for n, event in enumerate(events)]
    assert good(items) == expected
    assert covers(items, len(whole))


def test_one_flipped_bit_at_every_position_costs_at_most_the_record_it_hit():
    parts = records()
    whole = b"".join(parts)
    starts = [sum(map(len, parts[:n])) for n in range(len(parts) + 1)]
    for position in range(len(whole) * 8):
        damaged = bytearray(whole)
        damaged[position // 8] ^= 1 << position % 8
        items = decode(bytes(damaged))
        hit = max(n for n, start in enumerate(starts) if start <= position // 8)
        found = dict(good(items))
        for n, event in enumerate(EVENTS):
            if n != hit:
                assert found[n + 1] == event, position
            elif n + 1 in found:  # only the newline was hit: the content is proven by its checksum
                assert found[n + 1] == event
                assert position // 8 == starts[n + 1] - 1
        assert len(found) == len(good(items)), "nothing twice"
        assert covers(items, len(whole)), position
        damages = [item for item in items if isinstance(item, Damage)]
        assert damages and all(starts[hit] <= item.offset < starts[hit + 1] for item in damages), "named by offset"


def test_pieces_do_not_change_how_damage_is_told():
    whole = b"".join(records())
    for position in range(0, len(whole), 7):
        damaged = whole[:position] + bytes([whole[position] ^ 0x20]) + whole[position + 1 :]
        byte_by_byte = decode(*[damaged[n : n + 1] for n in range(len(damaged))])
        assert good(byte_by_byte) == good(decode(damaged)), position
        assert covers(byte_by_byte, len(damaged))


def test_truncated_at_every_byte_of_the_last_record_then_written_on(tmp_path):
    parts = records()
    before, last = b"".join(parts[:-1]), parts[-1]
    for cut in range(len(last) + 1):
        path = tmp_path / f"journal{cut}"
        path.write_bytes(before + last[:cut])
        items = list(read(str(path)))
        whole = cut >= len(last) - 1  # without its newline it is proven all the same
        assert good(items) == [(n + 1, event) for n, event in enumerate(EVENTS[: 4 if whole else 3])]
        assert [item.offset for item in items if isinstance(item, Damage)] == (
            [] if whole or not cut else [len(before)]
        )
        writer = Journal(str(path))
        assert writer.append({"type": "after"}) == (5 if whole else 4)
        writer.close()
        again = list(read(str(path)))
        assert good(again)[: len(good(items))] == good(items)
        assert good(again)[-1] == (5 if whole else 4, {"type": "after"})
        assert covers(again, path.stat().st_size)


def test_a_reader_behind_a_torn_tail_goes_on_with_the_next_record():
    parts = records()
    decoder = Decoder()
    torn = b"".join(parts[:2])[:-10]
    assert good(decoder.feed(torn)) == [(1, EVENTS[0])]
    items = list(decoder.feed(b"\n" + encode(2, dumps(EVENTS[2]))))
    assert [type(item) for item in items] == [Damage, Record]
    assert items[0].offset == len(parts[0])


def test_reading_starts_at_any_record(tmp_path):
    path = tmp_path / "journal"
    path.write_bytes(b"".join(records()))
    offset = len(records()[0])
    items = list(read(str(path), offset))
    assert good(items) == [(n + 1, event) for n, event in enumerate(EVENTS)][1:]
    assert items[0].offset == offset


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_any_bytes_are_told_of_once(data):
    assert covers(decode(data), len(data))


@pytest.mark.parametrize("payload", [b"[]", b"1", b"{", b"\xff", b"[" * 10000, b'{"a":NaNx}'])
def test_a_payload_that_is_no_object_is_damage_even_with_a_right_checksum(payload):
    items = decode(encode(1, payload) + records()[1])
    assert isinstance(items[0], Damage)
    assert good(items) == [(2, EVENTS[1])]


def test_a_line_without_end_is_given_up_in_bounded_memory():
    decoder = Decoder()
    told = 0
    for _ in range(50):
        told += sum(item.length for item in decoder.feed(b"x" * (1 << 18)))
        assert len(decoder._pending) <= 2 * MAX_PAYLOAD
    assert told + len(decoder._pending) == 50 << 18
    assert told > 10 << 20


def test_not_finite_numbers_and_lone_surrogates_are_written_as_json():
    event = {"a": float("nan"), "b": [float("inf"), -float("inf")], "c": "\ud800", "d": {"e": (1, float("nan"))}}
    assert json.loads(dumps(event)) == {
        "a": "NaN",
        "b": ["Infinity", "-Infinity"],
        "c": "\ud800",
        "d": {"e": [1, "NaN"]},
    }


def test_limits():
    with pytest.raises(ValueError, match="over the limit"):
        encode(1, b"x" * (MAX_PAYLOAD + 1))
    with pytest.raises(ValueError, match="newline"):
        encode(1, b"{\n}")
    largest = dumps({"text": "x" * (MAX_PAYLOAD - 11)})
    assert len(largest) == MAX_PAYLOAD
    assert len(good(decode(encode(1, largest)))) == 1


def test_processes_append_at_once_without_a_gap_or_a_mixed_record(tmp_path):
    path = tmp_path / "journal"
    code = (
        "import sys; from jupyter_mlx.runner.journal import Journal\n"
        "j = Journal(sys.argv[1])\n"
        "for n in range(200): j.append({'who': sys.argv[2], 'n': n, 'pad': 'x' * (n * 7 % 300)})\n"
    )
    argv = [sys.executable, "-c", code, str(path)]
    writers = [subprocess.Popen([*argv, str(who)], cwd=HERE) for who in range(4)]
    assert [writer.wait() for writer in writers] == [0] * 4
    items = list(read(str(path)))
    assert [item.seq for item in items if isinstance(item, Record)] == list(range(1, 801))
    assert covers(items, path.stat().st_size)
    for who in range(4):
        assert [event["n"] for _, event in good(items) if event["who"] == str(who)] == list(range(200))


def test_a_killed_writer_leaves_a_journal_that_reads_and_goes_on(tmp_path):
    path = tmp_path / "journal"
    code = (
        "import sys; from jupyter_mlx.runner.journal import Journal\n"
        "j = Journal(sys.argv[1]); print('go', flush=True)\n"
        "while True: j.append({'pad': 'x' * 2000})\n"
    )
    for _ in range(3):
        writer = subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=HERE, stdout=subprocess.PIPE)
        assert writer.stdout is not None and writer.stdout.readline()
        while path.stat().st_size < 100_000:
            pass
        writer.kill()
        writer.wait()
        writer.stdout.close()
        last = Journal(str(path))
        last.append({"type": "after"}, durable=True)
        last.close()
        items = list(read(str(path)))
        seqs = [item.seq for item in items if isinstance(item, Record)]
        assert seqs == list(range(1, len(seqs) + 1))
        assert good(items)[-1][1] == {"type": "after"}
        path.unlink()


def test_a_full_disk_leaves_no_half_record(tmp_path):
    code = (
        "import resource, signal, sys; from jupyter_mlx.runner.journal import Journal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10000, resource.RLIM_INFINITY))\n"
        "j = Journal(sys.argv[1])\n"
        "try:\n"
        "    while True: j.append({'pad': 'x' * 900})\n"
        "except OSError as error: print(error.errno, flush=True)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)\n"
        "print(j.append({'type': 'after'}))\n"
    )
    path = tmp_path / "journal"
    argv = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(argv, cwd=HERE, capture_output=True, text=True, check=True)
    number, seq = map(int, done.stdout.split())
    assert number == errno.EFBIG
    items = list(read(str(path)))
    assert all(isinstance(item, Record) for item in items)
    assert good(items)[-1] == (seq, {"type": "after"})
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY, "only the child was limited"


def test_sequence_numbers_go_on_over_damage_at_the_end(tmp_path):
    path = tmp_path / "journal"
    path.write_bytes(b"".join(records()) + b"garbage\n" * 5)
    writer = Journal(str(path))
    assert writer.extend([{"a": 1}, {"b": 2}]) == 6
    assert writer.extend([{"c": 3}]) == 7
    writer.close()
    assert os.stat(path).st_size == sum(item.length for item in read(str(path)))


def test_the_tail_that_numbers_are_read_from_holds_the_largest_record(tmp_path):
    path = tmp_path / "journal"
    first = Journal(str(path))
    for _ in range(3):
        first.append({"text": "x" * (MAX_PAYLOAD - 11)})
    first.close()
    second = Journal(str(path))
    assert second.append({"type": "after"}) == 4
    second.close()
    assert journal._TAIL > MAX_PAYLOAD
