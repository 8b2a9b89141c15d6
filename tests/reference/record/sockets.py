#!/usr/bin/env python3
"""What each socket call gives in each state of a socket, and what each option takes, as the running kernel has it.

    unshare -n python3 sockets.py states  > ../linux-6.18/sockets/states.txt
    unshare -n python3 sockets.py options > ../linux-6.18/sockets/options.txt
    unshare -n python3 sockets.py binds   > ../linux-6.18/sockets/binds.txt

tests/stack/socket/states_test.cpp, option_ranges_test.cpp and binds_test.cpp make the same calls and compare.
"""
import ctypes
import errno
import fcntl
import os
import select
import socket
import struct
import subprocess
import sys
import time

LIBC = ctypes.CDLL(None, use_errno=True)
SILENT = ("10.9.0.2", 9)  # nobody answers there
CLOSED = ("127.0.0.1", 1)
MASK = ((1, "IN"), (4, "OUT"), (8, "ERR"), (16, "HUP"), (0x2000, "RDHUP"), (2, "PRI"))
MSG_OOB, MSG_PEEK, MSG_TRUNC, MSG_DONTWAIT, MSG_WAITALL, MSG_ERRQUEUE = 1, 2, 0x20, 0x40, 0x100, 0x2000
FIONREAD, SIOCOUTQ, SIOCOUTQNSD, SIOCATMARK = 0x541B, 0x5411, 0x894B, 0x8905
TCP_INFO = 11


def name_of(number):
    return "EOPNOTSUPP" if number == errno.EOPNOTSUPP else errno.errorcode[number]


def told(call):
    try:
        return str(call())
    except OSError as error:
        return name_of(error.errno)


def syscall(result):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def mask(s):
    poll = select.poll()
    poll.register(s, 0x2007)
    found = poll.poll(0)
    return "|".join(name for bit, name in MASK if found and found[0][1] & bit) or "0"


def settle():
    time.sleep(0.01)


# --- states: each gives the socket that is asked, and others that must live as long


def tcp():
    s = socket.socket()
    s.setblocking(False)
    return s


def listener():
    s = tcp()
    s.bind(("127.0.0.1", 0))
    s.listen(5)
    return s


def pair():
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(5)
    client = socket.socket()
    client.connect(listening.getsockname())
    server, _ = listening.accept()
    client.setblocking(False)
    server.setblocking(False)
    return client, server, listening


def reset(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()
    settle()


def state_of_pair(*steps):
    def make():
        client, server, listening = pair()
        for step in steps:
            step(client, server)
            settle()
        return client, server, listening

    return make


def bound():
    s = tcp()
    s.bind(("127.0.0.1", 0))
    return (s,)


def no_longer_listening():
    s = listener()
    s.shutdown(socket.SHUT_RD)
    return (s,)


def opening():
    s = tcp()
    told(lambda: s.connect(SILENT))
    return (s,)


def opening_shut():
    (s,) = opening()
    s.shutdown(socket.SHUT_RD)
    return (s,)


def refused():
    s = tcp()
    told(lambda: s.connect(CLOSED))
    return (s,)


def refused_and_told():
    (s,) = refused()
    told(lambda: s.connect(CLOSED))
    return (s,)


def udp():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setblocking(False)
    return s


def udp_bound():
    s = udp()
    s.bind(("127.0.0.1", 0))
    return (s,)


def udp_connected(*steps):
    def make():
        (peer,) = udp_bound()
        s = udp()
        s.connect(peer.getsockname())
        for step in steps:
            step(s, peer)
            settle()
        return s, peer

    return make


def udp_refused():
    s = udp()
    s.connect(CLOSED)
    s.send(b"x")
    settle()
    return (s,)


HELLO = lambda c, s: s.send(b"hello")
PEER_SHUTS = lambda c, s: s.shutdown(socket.SHUT_WR)
PEER_CLOSES = lambda c, s: s.close()
PEER_RESETS = lambda c, s: reset(s)
SHUTS_RD = lambda c, s: c.shutdown(socket.SHUT_RD)
SHUTS_WR = lambda c, s: c.shutdown(socket.SHUT_WR)
SHUTS_BOTH = lambda c, s: c.shutdown(socket.SHUT_RDWR)
WRITES = lambda c, s: c.send(b"x")
READS = lambda c, s: told(lambda: c.recv(1))
URGENT = lambda c, s: (s.send(b"he"), s.send(b"x", MSG_OOB), s.send(b"llo"))

STATES = {
    "fresh": lambda: (tcp(),),
    "bound": bound,
    "listening": lambda: (listener(),),
    "listened, shut for reading": no_longer_listening,
    "connecting": opening,
    "connecting, shut for reading": opening_shut,
    "refused": refused,
    "refused and told": refused_and_told,
    "connected": state_of_pair(),
    "connected, text": state_of_pair(HELLO),
    "connected, urgent text": state_of_pair(URGENT),
    "peer shut": state_of_pair(PEER_SHUTS),
    "peer shut, text": state_of_pair(HELLO, PEER_SHUTS),
    "peer closed, wrote, reset": state_of_pair(PEER_CLOSES, WRITES),
    "shut for reading": state_of_pair(SHUTS_RD),
    "shut for reading, text": state_of_pair(SHUTS_RD, HELLO),
    "shut for writing": state_of_pair(SHUTS_WR),
    "shut": state_of_pair(SHUTS_BOTH),
    "peer shut, shut for writing": state_of_pair(PEER_SHUTS, SHUTS_WR),
    "shut for writing, peer shut": state_of_pair(SHUTS_WR, PEER_SHUTS),
    "shut for writing, text, peer shut": state_of_pair(SHUTS_WR, HELLO, PEER_SHUTS),
    "reset": state_of_pair(PEER_RESETS),
    "reset and told": state_of_pair(PEER_RESETS, READS),
    "text, reset": state_of_pair(HELLO, PEER_RESETS),
    "UDP fresh": lambda: (udp(),),
    "UDP bound": udp_bound,
    "UDP connected": udp_connected(),
    "UDP text": udp_connected(lambda s, p: p.sendto(b"hello", s.getsockname())),
    "UDP shut for reading": udp_connected(SHUTS_RD),
    "UDP shut for writing": udp_connected(SHUTS_WR),
    "UDP shut": udp_connected(SHUTS_BOTH),
    "UDP refused": udp_refused,
}


# --- calls


def receive(size, flags=0):
    def call(s):
        return syscall(LIBC.recv(s.fileno(), ctypes.create_string_buffer(100), size, flags))

    return call


def ioctl(request):
    return lambda s: struct.unpack("i", fcntl.ioctl(s, request, b"\0\0\0\0"))[0]


def where(address):
    return {"0.0.0.0": "any", "127.0.0.1": "local", "10.9.0.1": "local"}[address[0]] + (":port" if address[1] else ":0")


def forget(s):
    return syscall(LIBC.connect(s.fileno(), struct.pack("16x"), 16))  # AF_UNSPEC


def done(call):
    return lambda s: call(s) and "" or "done"


CALLS = {
    "getsockopt(SO_ERROR)": lambda s: "0" if not (e := s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)) else name_of(e),
    "getsockopt(SO_ACCEPTCONN)": lambda s: s.getsockopt(socket.SOL_SOCKET, 30),
    "getsockopt(TCP_INFO)": lambda s: s.getsockopt(socket.IPPROTO_TCP, TCP_INFO, 8)[0],
    "recv": receive(100),
    "recv(0)": receive(0),
    "read(0)": lambda s: len(os.read(s.fileno(), 0)),
    "recv(MSG_PEEK)": receive(100, MSG_PEEK),
    "recv(MSG_TRUNC)": receive(3, MSG_TRUNC),
    "recv(MSG_PEEK|MSG_TRUNC)": receive(3, MSG_PEEK | MSG_TRUNC),
    "recv(MSG_OOB)": receive(1, MSG_OOB),
    "recv(MSG_WAITALL)": receive(100, MSG_WAITALL),
    "recv(MSG_ERRQUEUE)": receive(100, MSG_ERRQUEUE),
    "send": lambda s: s.send(b"x"),
    "send(0)": lambda s: s.send(b""),
    "send(MSG_OOB)": lambda s: s.send(b"x", MSG_OOB),
    "sendto": lambda s: s.sendto(b"x", CLOSED),
    "shutdown(SHUT_RD)": done(lambda s: s.shutdown(socket.SHUT_RD)),
    "shutdown(SHUT_WR)": done(lambda s: s.shutdown(socket.SHUT_WR)),
    "shutdown(SHUT_RDWR)": done(lambda s: s.shutdown(socket.SHUT_RDWR)),
    "accept": done(lambda s: s.accept() and None),
    "listen": done(lambda s: s.listen(1)),
    "bind": done(lambda s: s.bind(("127.0.0.1", 0))),
    "connect": done(lambda s: s.connect(CLOSED)),
    "connect(AF_UNSPEC)": done(forget),
    "getsockname": lambda s: where(s.getsockname()),
    "getpeername": lambda s: where(s.getpeername()),
    "ioctl(FIONREAD)": ioctl(FIONREAD),
    "ioctl(SIOCOUTQ)": ioctl(SIOCOUTQ),
    "ioctl(SIOCOUTQNSD)": ioctl(SIOCOUTQNSD),
    "ioctl(SIOCATMARK)": ioctl(SIOCATMARK),
}


def network():
    for command in (
        "link set lo mtu 1500 up",  # as over Ethernet
        "link add v0 type veth peer name v1",
        "link set v0 up",
        "link set v1 up",
        "address add 10.9.0.1/24 dev v0",
        f"neighbour add {SILENT[0]} lladdr 02:00:00:00:00:09 dev v0",
    ):
        subprocess.run(["ip", *command.split()], check=True)
    for name, value in (("tcp_no_metrics_save", "1"), ("tcp_congestion_control", "reno")):
        with open(f"/proc/sys/net/ipv4/{name}", "w") as setting:
            setting.write(value)


def states():
    print("# What each call gives in each state of a socket, and poll() afterwards if it says something else than before.")
    print(f"# Linux {os.uname().release.split('-')[0]}, tests/reference/record/sockets.py. Nobody waits (O_NONBLOCK).")
    for state, make in STATES.items():
        sockets = make()
        before = mask(sockets[0])
        print(f"{state}: {before}")
        for call, make_call in CALLS.items():
            sockets = make()
            result = told(lambda: make_call(sockets[0]))
            settle() if state in ("fresh", "bound") or state.startswith("UDP") or "closed" in state else None
            after = mask(sockets[0])
            print(f"  {call}: {result}" + (f", {after}" if after != before else ""))
            for s in sockets:
                s.close()


# --- options

SOL_SOCKET, SOL_IP, SOL_TCP = 1, 0, 6
OPTIONS = {
    "SO_REUSEADDR": (SOL_SOCKET, 2),
    "SO_REUSEPORT": (SOL_SOCKET, 15),
    "SO_RCVBUF": (SOL_SOCKET, 8),
    "SO_SNDBUF": (SOL_SOCKET, 7),
    "SO_RCVLOWAT": (SOL_SOCKET, 18),
    "SO_ERROR": (SOL_SOCKET, 4),
    "SO_KEEPALIVE": (SOL_SOCKET, 9),
    "SO_OOBINLINE": (SOL_SOCKET, 10),
    "SO_TYPE": (SOL_SOCKET, 3),
    "SO_DOMAIN": (SOL_SOCKET, 39),
    "SO_PROTOCOL": (SOL_SOCKET, 38),
    "SO_ACCEPTCONN": (SOL_SOCKET, 30),
    "SO_PEEK_OFF": (SOL_SOCKET, 42),
    "SO_MARK": (SOL_SOCKET, 36),
    "SO_ZEROCOPY": (SOL_SOCKET, 60),
    "SO_TIMESTAMPING": (SOL_SOCKET, 37),
    "IP_TOS": (SOL_IP, 1),
    "IP_TTL": (SOL_IP, 2),
    "IP_RECVERR": (SOL_IP, 11),
    "TCP_NODELAY": (SOL_TCP, 1),
    "TCP_CORK": (SOL_TCP, 3),
    "TCP_MAXSEG": (SOL_TCP, 2),
    "TCP_WINDOW_CLAMP": (SOL_TCP, 10),
    "TCP_QUICKACK": (SOL_TCP, 12),
    "TCP_INQ": (SOL_TCP, 36),
    "TCP_DEFER_ACCEPT": (SOL_TCP, 9),
    "TCP_KEEPIDLE": (SOL_TCP, 4),
    "TCP_KEEPINTVL": (SOL_TCP, 5),
    "TCP_KEEPCNT": (SOL_TCP, 6),
    "TCP_SYNCNT": (SOL_TCP, 7),
    "TCP_LINGER2": (SOL_TCP, 8),
    "TCP_USER_TIMEOUT": (SOL_TCP, 18),
    "TCP_RTO_MAX_MS": (SOL_TCP, 44),
    "TCP_NOTSENT_LOWAT": (SOL_TCP, 25),
    "TCP_FASTOPEN": (SOL_TCP, 23),
    "TCP_FASTOPEN_CONNECT": (SOL_TCP, 30),
}
# On both sides of every limit that one of them has.
VALUES = (
    [-(2**31), -2, -1, 0, 1, 2, 3, 5, 8, 60, 87, 88, 119, 120, 121, 127, 128, 255, 256, 257, 536, 999, 1000, 1001]
    + [1023, 1024, 1151, 1152, 1153, 1154, 2303, 2304, 2305, 4095, 4096, 4097, 32767, 32768, 65535, 65536]
    + [119999, 120000, 120001, 131072, 4194303, 4194304, 4194305, 8388608, 16777216, 16777217, 2**31 - 1]
)
OPTION_STATES = ("fresh", "listening", "connected", "reset", "UDP fresh")


def value_of(s, option):
    value = told(lambda: s.getsockopt(*option))
    if option == OPTIONS["SO_ERROR"] and value != "0":
        return name_of(int(value))
    return str(int(value) & 0xFFFFFFFF) if option == OPTIONS["SO_MARK"] else value


def outcome(state, option, value):
    sockets = STATES[state]()
    s = sockets[0]
    try:
        s.setsockopt(*option, value)
        result = value_of(s, option)
        result = "kept" if result == str(value) else result
    except OSError as error:
        result = name_of(error.errno)
    for one in sockets:
        one.close()
    return result


def ranges(outcomes):
    """[(1, "kept"), (2, "kept"), (3, "EINVAL")] as "1..2 kept, 3 EINVAL"."""
    groups = []
    for value, result in outcomes:
        if groups and groups[-1][2] == result:
            groups[-1][1] = value
        else:
            groups.append([value, value, result])
    return ", ".join((f"{a}" if a == b else f"{a}..{b}") + f" {result}" for a, b, result in groups)


def options():
    print("# What getsockopt() tells at first, and what setsockopt() makes of values: their errors, or what is told then.")
    print(f"# Linux {os.uname().release.split('-')[0]}, tests/reference/record/sockets.py.")
    print("# values:", *VALUES)
    for state in OPTION_STATES:
        print(f"{state}:")
        for name, option in OPTIONS.items():
            sockets = STATES[state]()
            first = value_of(sockets[0], option)
            for s in sockets:
                s.close()
            print(f"  {name} {first}: {ranges([(v, outcome(state, option, v)) for v in VALUES])}")


# --- who may bind a port that somebody has

ADDRESSES = {"one": "10.9.0.1", "other": "127.0.0.1", "any": "0.0.0.0"}
SHARING = {"neither": (), "address": (2,), "port": (15,), "both": (2, 15)}
PAIRS = (("one", "one"), ("one", "other"), ("one", "any"), ("any", "one"), ("any", "any"))


def sharing(s, options):
    for option in options:
        s.setsockopt(SOL_SOCKET, option, 1)
    return s


def holder_bound(address, options):
    s = sharing(socket.socket(), options)
    s.bind((address, 0))
    return s.getsockname()[1], [s]


def holder_listening(address, options):
    port, (s,) = holder_bound(address, options)
    s.listen(5)
    return port, [s]


def holder_connected(address, options):
    server = socket.socket()
    server.bind(("10.9.0.1", 0))
    server.listen(5)
    port, (s,) = holder_bound(address, options)
    s.connect(server.getsockname())
    return port, [s, server]


def holder_connected_without_bind(address, options):
    server = socket.socket()
    server.bind(("10.9.0.1", 0))
    server.listen(5)
    s = sharing(socket.socket(), options)
    s.connect(server.getsockname())
    return s.getsockname()[1], [s, server]


def holder_accepted(address, options):
    port, (s,) = holder_listening(address, options)
    client = socket.socket()
    client.connect(("10.9.0.1", port))
    accepted, _ = s.accept()
    s.close()
    return port, [accepted, client]


def holder_in_time_wait(address, options):
    port, (accepted, client) = holder_accepted(address, options)
    accepted.close()
    client.close()
    settle()
    return port, []


HOLDERS = {
    "bound": holder_bound,
    "listening": holder_listening,
    "connected": holder_connected,
    "connected without bind": holder_connected_without_bind,
    "accepted": holder_accepted,
    "in TIME-WAIT": holder_in_time_wait,
}


def newcomer(address, port, options):
    s = sharing(socket.socket(), options)
    try:
        s.bind((address, port))
    except OSError as error:
        return name_of(error.errno)
    try:
        s.listen(5)
    except OSError as error:
        return "bound, " + name_of(error.errno)
    finally:
        s.close()
    return "listens"


def binds():
    print("# Who may bind and listen on a port of which somebody has the rest, by SO_REUSEADDR and SO_REUSEPORT of either.")
    print(f"# Linux {os.uname().release.split('-')[0]}, tests/reference/record/sockets.py.")
    for kind, hold in HOLDERS.items():
        for first, second in PAIRS:
            if "without" in kind and first == "any":
                continue
            for held, options in SHARING.items():
                results = []
                for wanted, new_options in SHARING.items():
                    port, alive = hold(ADDRESSES[first], options)
                    results.append(f"{wanted} {newcomer(ADDRESSES[second], port, new_options)}")
                    for s in alive:
                        s.close()
                print(f"{kind} on {first} with {held}; {second}: " + "; ".join(results))


if __name__ == "__main__":
    network()
    {"states": states, "options": options, "binds": binds}[sys.argv[1]]()
