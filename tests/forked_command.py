"""A textvae command of a shell, as a process of its own forked by the server of `forked`.

Run with nothing but the standard library, in milliseconds. It ends as the command does.
"""

import json
import os
import socket
import sys

with socket.socket(fileno=int(os.environ["TEXTVAE_FORK_SERVER"])) as server:
    fate, tell_fate = os.pipe()
    request = {
        "module": "textvae",
        "code": "",
        "arguments": sys.argv[1:],
        "environment": dict(os.environ),
        "folder": os.getcwd(),  # noqa: PTH109
    }
    socket.send_fds(server, [json.dumps(request).encode()], [0, 1, 2, tell_fate])
for number in (0, 1, tell_fate):  # whoever is at the other end of a pipe has the command alone
    os.close(number)
with os.fdopen(fate) as lines:
    next(lines)  # its number
    status = int(next(lines))
if status < 0:
    os.kill(os.getpid(), -status)
os._exit(status)
