"""Questions of transports: who is asked, who answers, what stays."""

from __future__ import annotations

import threading

import pytest

from jupyter_mlx.errors import InputError, NotFoundError
from jupyter_mlx.server.asked import Answer
from jupyter_mlx.server.questions import Questions
from jupyter_mlx.transport.pipe import HostKeyQuestion

KEY = HostKeyQuestion("box", "ssh-ed25519", "SHA256:abc")


def asked(questions: Questions, ask, answer: Answer | None):
    """What ``ask`` gives while somebody is there, answered once it is open."""
    found: list[object] = []

    def work() -> None:
        with questions.attended():
            found.append(ask())

    rung = threading.Event()
    questions.changed = rung.set
    thread = threading.Thread(target=work)
    thread.start()
    assert rung.wait(10)
    prompt = questions.open()[0]
    if answer is None:
        questions.close()
    else:
        questions.answer(prompt.id, answer)
    thread.join(10)
    return found[0], prompt


def test_each_kind_gets_its_answer() -> None:
    one = Questions()
    assert asked(one, lambda: one.host_key(KEY), Answer(accept=True))[0] is True
    assert asked(one, lambda: one.host_key(KEY), Answer())[0] is False
    said, prompt = asked(one, lambda: one.secret("passphrase"), Answer(values=["s3cret"]))
    assert (said, prompt.fields[0].echo) == ("s3cret", False)
    assert asked(one, lambda: one.secret("passphrase"), Answer())[0] is None
    assert asked(one, lambda: one.answers("t", "i", [("a", True), ("b", False)]), Answer(values=["1", "2"]))[0] == [
        "1",
        "2",
    ]
    assert one.open() == []


def test_nobody_is_asked_while_nobody_is_there() -> None:
    one = Questions()
    assert one.secret("x") is None
    assert one.host_key(KEY) is False
    assert one.answers("", "", [("a", True)]) is None


def test_a_question_has_its_time() -> None:
    one = Questions(patience_s=0.01)
    with one.attended():
        assert one.secret("x") is None
    assert one.open() == []


def test_closing_lets_everybody_go() -> None:
    one = Questions()
    assert asked(one, lambda: one.secret("x"), None)[0] is None


def test_wrong_answers_leave_the_question_open() -> None:
    one = Questions()

    def ask() -> None:
        asked(one, lambda: one.secret("x"), Answer(values=["a", "b"]))

    with pytest.raises(InputError):
        ask()
    with pytest.raises(NotFoundError):
        one.answer("0" * 32, Answer())
    assert len(one.open()) == 1
    one.close()
