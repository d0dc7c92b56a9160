# mypy: ignore-errors
"""The first program on a machine: finds or receives the runner, then becomes the agent in the same process.

Never imported: its source arrives over stdin (see `bootstrap.STARTER`) and must parse on Python 3.4. The starter leaves
two names behind: ``f`` is stdin, ``LINE`` the bytes that started it.
"""

import hashlib, json, os, subprocess, sys, tempfile, zlib

OLDEST = (3, 8)


def say(kind, value):
    # Everything before the nonce is noise of the login shell; the client looks for the nonce alone.
    line = "\n%s %s %s\n" % (config["nonce"], kind, json.dumps(value))
    os.write(1, line.encode("ascii"))


def refuse(code, message, hint=None):
    say("error", {"code": code, "message": message, "hint": hint})
    sys.exit(3)


def try_another_python():
    # The python3 found first is too old: look for a newer one by name and pass everything on.
    for minor in range(20, OLDEST[1] - 1, -1):
        for folder in os.environ.get("PATH", "").split(":") + ["/usr/bin", "/usr/local/bin"]:
            path = os.path.join(folder, "python3.%d" % minor)
            if not os.access(path, os.X_OK) or subprocess.call([path, "-I", "-S", "-c", ""], stderr=2) != 0:
                continue
            child = subprocess.Popen([path, "-I", "-S", "-c", config["starter"]], stdin=subprocess.PIPE)
            child.stdin.write(LINE)
            child.stdin.write(json.dumps(config).encode("ascii") + b"\n")
            child.stdin.flush()
            for data in iter(lambda: f.read1(65536), b""):
                child.stdin.write(data)
                child.stdin.flush()
            child.stdin.close()
            sys.exit(child.wait())
    refuse(
        "machine",
        "Python %d.%d at %s is too old: 3.8 or newer is needed"
        % (sys.version_info[0], sys.version_info[1], sys.executable),
        "install a newer python3 there, or name one: jupyter mlx machines edit NAME --python /path/to/python3",
    )


def receive(path, size):
    packed = f.read(size)
    try:
        data = zlib.decompress(packed)
    except zlib.error:
        data = b""
    if hashlib.sha256(data).hexdigest() != config["digest"]:
        refuse("machine", "the runner arrived damaged (%d of %d bytes)" % (len(packed), size))
    fd, temp = tempfile.mkstemp(dir=os.path.dirname(path))
    with os.fdopen(fd, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    os.rename(temp, path)


def intact(path):
    try:
        with open(path, "rb") as source:
            return hashlib.sha256(source.read()).hexdigest() == config["digest"]
    except OSError:
        return False


def install():
    root = os.path.abspath(os.path.expanduser(config["root"]))
    path = os.path.join(root, "runner", config["digest"] + ".pyz")
    os.umask(0o077)
    try:
        os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
        if config["inline"]:
            receive(path, config["inline"])
        elif not intact(path):
            say("need", None)
            receive(path, int(f.readline()))
    except OSError as error:
        full = error.errno in (28, 122)  # ENOSPC, EDQUOT
        refuse(
            "no_space" if full else "machine",
            "cannot write below %s: %s" % (root, error.strerror),
            "free some space there, or " * full
            + "choose another folder for this machine: jupyter mlx machines edit NAME --root /path/on/it",
        )
    return root, path


config = json.loads(f.readline().decode("ascii"))
if sys.version_info < OLDEST:
    try_another_python()
root, archive = install()
folder = archive[: -len(".pyz")]  # an agent unpacks the zip after its first start (runner/unpacked.py)
sys.path.insert(0, folder if os.path.isdir(folder) else archive)
sys.argv = [archive, "agent", "--root", root]
say("ready", None)
from jupyter_mlx.runner.agent import main  # noqa: E402

sys.exit(main(sys.argv[2:], stdin=f))
