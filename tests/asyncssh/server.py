"""An SFTP server on a loopback port that behaves as servers out there do, as told.

Its one argument is a JSON object, in which each member may be left out:

  folder           what a session sees as /
  keys             folder with host_TYPE files, and authorized_keys
  host_keys        types of the host keys to show (["ed25519"])
  password         the password that logs in
  interactive      true: the password is asked for by keyboard-interactive, and not taken otherwise
  refuse           {operation: SFTP status code}: open, fstat, stat, lstat, rename, remove, fsync, write, close
  refuse_names     names whose creation is refused with PERMISSION_DENIED: "hidden", or "not csv"
  zero_sizes       true: every size is 0
  take_on_close    true: a file that is closed is moved to the folder `taken` beside `folder`, as a drop box does
  drop_on          an operation at which the connection is closed without an answer
  sig_algs_times   how often `server-sig-algs` repeats its list

It prints one line for each event: `listening PORT`, `connection`, `login METHOD ok|failed`, `OPERATION NAME`.
"""

import asyncio
import json
import os
import sys

import asyncssh
from asyncssh import connection

SETTINGS = json.loads(sys.argv[1])
REFUSED = SETTINGS.get("refuse", {})


def say(*words):
    print(*words, flush=True)


class Logins(asyncssh.SSHServer):
    def connection_made(self, conn):
        self.conn = conn
        say("connection")

    def begin_auth(self, username):
        say("user")
        return True

    def public_key_auth_supported(self):
        return "password" not in SETTINGS

    def validate_public_key(self, username, key):
        with open(os.path.join(SETTINGS["keys"], "authorized_keys"), encoding="ascii") as file:
            known = any(asyncssh.import_public_key(line) == key for line in file if line.strip())
        say("login publickey", "ok" if known else "failed")
        return known

    def password_auth_supported(self):
        return "password" in SETTINGS and not SETTINGS.get("interactive")

    def validate_password(self, username, password):
        return self.judge("password", password)

    def kbdint_auth_supported(self):
        return bool(SETTINGS.get("interactive"))

    def get_kbdint_challenge(self, username, lang, submethods):
        return "", "", "", [("Password: ", False)]

    def validate_kbdint_response(self, username, responses):
        return self.judge("keyboard-interactive", *responses)

    def judge(self, method, password):
        right = password == SETTINGS["password"]
        say("login", method, "ok" if right else "failed")
        return right


class Files(asyncssh.SFTPServer):
    def __init__(self, chan):
        super().__init__(chan, chroot=SETTINGS["folder"].encode())
    def note(self, operation, path=b""):
        name = os.path.basename(path).decode()
        say(operation, name)
        if SETTINGS.get("drop_on") == operation:
            self.connection.abort()
        if operation in REFUSED:
            raise asyncssh.SFTPError(REFUSED[operation], "refused")

    def open(self, path, pflags, attrs):
        self.note("open", path)
        name = os.path.basename(path).decode()
        refused = SETTINGS.get("refuse_names")
        if (refused == "hidden" and name.startswith(".")) or (refused == "not csv" and not name.endswith(".csv")):
            raise asyncssh.SFTPPermissionDenied("name refused")
        file = super().open(path, pflags, attrs)
        file.path = self.map_path(path)
        return file

    def write(self, file_obj, offset, data):
        if "write" in REFUSED:
            raise asyncssh.SFTPError(REFUSED["write"], "refused")
        return super().write(file_obj, offset, data)

    def close(self, file_obj):
        path = file_obj.path
        super().close(file_obj)
        self.note("close", path)
        if SETTINGS.get("take_on_close"):
            taken = SETTINGS["folder"].rstrip("/") + "-taken"
            os.makedirs(taken, exist_ok=True)
            os.rename(path, os.path.join(taken.encode(), os.path.basename(path)))

    def sized(self, attrs):
        if not SETTINGS.get("zero_sizes"):
            return attrs
        attrs = asyncssh.SFTPAttrs.from_local(attrs)
        attrs.size = 0
        return attrs

    def stat(self, path):
        self.note("stat", path)
        return self.sized(super().stat(path))

    def lstat(self, path):
        self.note("lstat", path)
        return self.sized(super().lstat(path))

    def fstat(self, file_obj):
        self.note("fstat")
        return self.sized(super().fstat(file_obj))

    def rename(self, oldpath, newpath):
        self.note("rename", newpath)
        return super().rename(oldpath, newpath)

    def remove(self, path):
        self.note("remove", path)
        return super().remove(path)

    def fsync(self, file_obj):
        self.note("fsync")
        return super().fsync(file_obj)


def repeat_signature_algorithms(times):
    """Every extension's value is sent that many times over, as some servers do with this one."""
    plain = connection.SSHConnection._send_ext_info

    def send(self):
        name = b"server-sig-algs"
        if name in self._extensions_to_send:
            self._extensions_to_send[name] = b",".join([self._extensions_to_send[name]] * times)
        plain(self)

    connection.SSHConnection._send_ext_info = send


async def serve():
    repeat_signature_algorithms(SETTINGS.get("sig_algs_times", 1))
    keys = [os.path.join(SETTINGS["keys"], f"host_{kind}") for kind in SETTINGS.get("host_keys", ["ed25519"])]
    server = await asyncssh.listen(
        "127.0.0.1", SETTINGS.get("port", 0), server_factory=Logins, server_host_keys=keys, sftp_factory=Files
    )
    say("listening", server.get_port())
    await server.wait_closed()


asyncio.run(serve())
