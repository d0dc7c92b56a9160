"""Texts that would run a script if anybody took them for markup."""

from __future__ import annotations

_CALL = "window.__pwned=(window.__pwned||0)+1"
_TAGS = [
    "<script>{}</script>",
    "<img src=x onerror={}>",
    "<svg onload={}>",
    "<svg><script>{}</script></svg>",
    "<body onload={}>",
    "<iframe srcdoc='<script>parent.{}</script>'></iframe>",
    "<iframe src=javascript:{}></iframe>",
    "<a href=javascript:{}>x</a>",
    "<details open ontoggle={}>",
    "<input autofocus onfocus={}>",
    "<video><source onerror={}></video>",
    "<object data=javascript:{}></object>",
    "<math><mtext><img src=x onerror={}></mtext></math>",
    "<style onload={}></style>",
    "<form><button formaction=javascript:{}>x</button></form>",
]
_AROUND = ["{}", '"><b>{}', "</title></textarea></script>{}", "\u202e\x1b]8;;javascript:x\x07{}"]

PAYLOADS = [around.format(tag.format(_CALL)) for around in _AROUND for tag in _TAGS]
