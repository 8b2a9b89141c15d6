#!/usr/bin/env python3
"""refnet: small network-namespace laboratory used by harness.py.

Parts:
  agent   a program living in one namespace which performs real socket calls on demand and
          reports time, return value and errno of each (python3 refnet.py agent NS)
  wire    a user-space cable/switch: TAP devices in the namespaces joined by this process, with
          one-way delay, cuttable per direction, carrier control (python3 refnet.py wire)
          (used instead of `tc netem`, which this kernel does not have)
  Lab     builds namespaces, wires, captures; drives agents; collects everything
"""
import ctypes, errno, fcntl, heapq, json, os, queue, select, signal, socket, struct, subprocess, sys
import threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
IP = {"client": "10.1.0.2", "server": "10.2.0.2", "router_c": "10.1.0.1", "router_s": "10.2.0.1",
      "server_lan": "10.1.0.3"}
ROLE_OF_IP = {"10.1.0.2": "c", "10.2.0.2": "s", "10.1.0.1": "r", "10.2.0.1": "r", "10.1.0.3": "s"}
MAC = {"C": "02:00:00:00:01:02", "R0": "02:00:00:00:01:01", "R1": "02:00:00:00:02:01",
       "S": "02:00:00:00:02:02"}


def setns(name):
    fd = os.open("/run/netns/" + name, os.O_RDONLY)
    if libc.setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
    os.close(fd)


# ---------------------------------------------------------------- agent
INFO8 = ["state", "ca_state", "retransmits", "probes", "backoff", "options", "wscale", "flags"]
INFO32 = ["rto", "ato", "snd_mss", "rcv_mss", "unacked", "sacked", "lost", "retrans", "fackets",
          "last_data_sent", "last_ack_sent", "last_data_recv", "last_ack_recv", "pmtu",
          "rcv_ssthresh", "rtt", "rttvar", "snd_ssthresh", "snd_cwnd", "advmss", "reordering",
          "rcv_rtt", "rcv_space", "total_retrans"]
STATES = ["?", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE",
          "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "NEW_SYN_RECV"]
POLLBITS = [(1, "IN"), (2, "PRI"), (4, "OUT"), (8, "ERR"), (0x10, "HUP"), (0x2000, "RDHUP")]
ALLEV = 1 | 2 | 4 | 0x2000


def bits(m):
    return "|".join(n for b, n in POLLBITS if m & b) or "0"


def tcp_info(sk):
    raw = sk.getsockopt(socket.IPPROTO_TCP, 11, 256)
    d = dict(zip(INFO8, struct.unpack_from("8B", raw, 0)))
    d.update(zip(INFO32, struct.unpack_from("24I", raw, 8)))
    d["state"] = STATES[d["state"]]
    if len(raw) >= 236:
        d["min_rtt"], = struct.unpack_from("I", raw, 148)
        d["delivered"], d["delivered_ce"] = struct.unpack_from("2I", raw, 192)
        d["dsack_dups"], d["reord_seen"] = struct.unpack_from("2I", raw, 216)
        d["snd_wnd"], = struct.unpack_from("I", raw, 228)
    return d


WATCH2 = ["state", "ca_state", "retransmits", "probes", "backoff", "rto", "unacked", "sacked", "lost", "retrans", "total_retrans",
          "snd_cwnd", "snd_ssthresh", "reordering", "dsack_dups", "reord_seen", "delivered_ce", "snd_mss", "pmtu"]
WATCH2X = ["rtt", "rttvar"]       # reported with the others, but no reason to report


class Agent:
    def __init__(self):
        self.o = {}
        self.q = {}
        self.lock = threading.Lock()

    def out(self, obj):
        line = json.dumps(obj) + "\n"
        with self.lock:
            sys.stdout.write(line)
            sys.stdout.flush()

    def worker(self, q):
        while True:
            cmd = q.get()
            t0 = time.time()
            rep = {"id": cmd["id"], "t0": t0}
            try:
                fn = getattr(self, "op_" + cmd["op"])
                rep["ret"] = fn(*cmd["args"])
                rep["err"] = None
            except OSError as e:
                rep["ret"] = -1
                rep["err"] = errno.errorcode.get(e.errno, str(e.errno))
            except Exception as e:   # harness bug, not a kernel answer
                rep["ret"] = None
                rep["err"] = "HARNESS:" + repr(e)
            rep["t1"] = time.time()
            if "extra" in cmd:
                pass
            rep["x"] = getattr(threading.current_thread(), "extra", None)
            threading.current_thread().extra = None
            self.out(rep)

    def extra(self, **kw):
        threading.current_thread().extra = kw

    def run(self):
        for line in sys.stdin:
            cmd = json.loads(line)
            th = cmd.get("th", "main")
            if th not in self.q:
                self.q[th] = queue.Queue()
                threading.Thread(target=self.worker, args=(self.q[th],), daemon=True).start()
            self.q[th].put(cmd)
        os._exit(0)

    # --- socket calls (each is exactly one system call unless its name says otherwise)
    def op_socket(self, s, kind="tcp"):
        self.o[s] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
        if kind != "udp":   # this kernel's compiled-in default is bbr; cubic is what Linux normally uses
            self.o[s].setsockopt(socket.IPPROTO_TCP, 13, b"cubic")
        return 0

    def op_bind(self, s, ip, port):
        self.o[s].bind((ip, port)); return 0

    def op_listen(self, s, backlog):
        self.o[s].listen(backlog); return 0

    def op_accept(self, s, new):
        self.o[new], _ = self.o[s].accept(); return 0

    def op_connect(self, s, ip, port):
        self.o[s].connect((ip, port)); return 0

    def op_disconnect(self, s):
        fd = self.o[s].fileno()
        sa = struct.pack("H14x", 0)
        if libc.connect(fd, sa, 16) != 0:
            raise OSError(ctypes.get_errno(), "connect")
        return 0

    def op_send(self, s, n, flags=0):
        return self.o[s].send(b"x" * n, flags)

    def op_recv(self, s, n, flags=0):
        return len(self.o[s].recv(n, flags))

    def op_recv_until_end(self, s, chunk=65536):
        tot = 0
        try:
            while True:
                d = self.o[s].recv(chunk)
                if not d:
                    self.extra(total=tot, end="EOF"); return 0
                tot += len(d)
        except OSError:
            self.extra(total=tot); raise

    def op_recv_n(self, s, n):
        tot = 0
        while tot < n:
            d = self.o[s].recv(n - tot)
            if not d:
                break
            tot += len(d)
        return tot

    def op_fill(self, s, chunk=1024):
        """non-blocking sends until one fails"""
        tot = 0
        try:
            while True:
                tot += self.o[s].send(b"x" * chunk, socket.MSG_DONTWAIT)
        except OSError:
            self.extra(total=tot); raise

    def op_send_until_error(self, s, chunk=1024):
        """blocking sends until one fails"""
        tot = 0; n = 0
        try:
            while True:
                tot += self.o[s].send(b"x" * chunk); n += 1
        except OSError:
            self.extra(total=tot, calls_ok=n); raise

    def op_send_all(self, s, n, chunk=65536):
        tot = 0
        while tot < n:
            tot += self.o[s].send(b"x" * min(chunk, n - tot))
        return tot

    def op_shutdown(self, s, how):
        self.o[s].shutdown({"RD": 0, "WR": 1, "RDWR": 2}[how]); return 0

    def op_close(self, s):
        fd = self.o[s].detach()
        os.close(fd); return 0

    def op_setsockopt(self, s, name, val):
        L, N = OPTS[name]
        if name == "SO_LINGER":
            val = struct.pack("ii", *val)
        elif name in ("SO_RCVTIMEO", "SO_SNDTIMEO"):
            val = struct.pack("ll", int(val), int((val % 1) * 1e6))
        self.o[s].setsockopt(L, N, val); return 0

    def op_getsockopt(self, s, name):
        if name == "SO_ERROR":
            v = self.o[s].getsockopt(1, 4)
            return errno.errorcode.get(v, v) if v else 0
        L, N = OPTS[name]
        return self.o[s].getsockopt(L, N)

    def op_nonblock(self, s):
        self.o[s].setblocking(False); return 0

    def op_poll(self, s, timeout_ms=0):
        p = select.poll(); p.register(self.o[s].fileno(), ALLEV)
        r = p.poll(timeout_ms)
        return bits(r[0][1]) if r else 0

    def op_poll_rd(self, s, timeout_ms=0):
        p = select.poll(); p.register(self.o[s].fileno(), 1)
        r = p.poll(timeout_ms)
        return bits(r[0][1]) if r else 0

    def op_epoll(self, s, timeout_ms=0):
        e = select.epoll(); e.register(self.o[s].fileno(), ALLEV)
        r = e.poll(timeout_ms / 1000.0)
        e.close()
        return bits(r[0][1]) if r else 0

    def op_select(self, s, timeout_ms=0):
        f = self.o[s].fileno()
        r, w, x = select.select([f], [f], [f], timeout_ms / 1000.0)
        return "".join(c for c, l in (("r", r), ("w", w), ("x", x)) if l) or 0

    def op_inq(self, s):
        return struct.unpack("i", fcntl.ioctl(self.o[s].fileno(), 0x541B, b"\0" * 4))[0]

    def op_outq(self, s):
        return struct.unpack("i", fcntl.ioctl(self.o[s].fileno(), 0x5411, b"\0" * 4))[0]

    def op_tcp_info(self, s):
        d = tcp_info(self.o[s])
        self.extra(**{k: d[k] for k in ("state", "rto", "backoff", "retransmits", "probes", "unacked",
                                        "snd_mss", "rtt", "rttvar", "snd_cwnd", "total_retrans", "ca_state", "snd_ssthresh",
                                        "reordering", "dsack_dups", "reord_seen", "delivered", "delivered_ce", "pmtu", "ato", "rcv_mss", "options")})
        return 0

    def op_getpeername(self, s):
        self.o[s].getpeername(); return 0

    def op_watch(self, s, interval=0.02):
        """log TCP_INFO whenever state/retransmits/probes/backoff/rto/unacked changes"""
        def loop():
            last = None
            sk = self.o[s]
            while True:
                try:
                    d = tcp_info(sk)
                except OSError:
                    self.out({"log": "tcp_info", "s": s, "t": time.time(), "v": {"closed_fd": 1}}); return
                v = {k: d[k] for k in ("state", "ca_state", "retransmits", "probes", "backoff", "rto", "unacked", "total_retrans")}
                if v != last:
                    self.out({"log": "tcp_info", "s": s, "t": time.time(), "v": v}); last = v
                time.sleep(interval)
        threading.Thread(target=loop, daemon=True).start(); return 0

    def op_watch2(self, s, interval=0.001):
        """log TCP_INFO whenever one of WATCH2 changes: the first record complete, then only what changed"""
        def loop():
            last = {}
            sk = self.o[s]
            while True:
                try:
                    d = tcp_info(sk)
                except OSError:
                    self.out({"log": "tcp_info_delta", "s": s, "t": time.time(), "v": {"closed_fd": 1}}); return
                if any(last.get(k) != d[k] for k in WATCH2):
                    v = {k: d[k] for k in WATCH2 + WATCH2X if last.get(k) != d[k]}
                    self.out({"log": "tcp_info_delta", "s": s, "t": time.time(), "v": v})
                    last.update(v)
                time.sleep(interval)
        threading.Thread(target=loop, daemon=True).start(); return 0

    def op_congestion(self, s, name):
        self.o[s].setsockopt(6, 13, name.encode()); return 0

    def op_send_every(self, s, n, interval, count):
        """count blocking sends of n bytes, one each interval seconds (absolute raster)"""
        t0 = time.monotonic()
        tot = 0
        for i in range(count):
            d = t0 + i * interval - time.monotonic()
            if d > 0:
                time.sleep(d)
            tot += self.o[s].send(b"x" * n)
        return tot

    def op_drain_every(self, s, chunk, interval, total):
        """recv(chunk) each interval seconds until total bytes are read or EOF"""
        t0 = time.monotonic()
        tot = i = 0
        while tot < total:
            i += 1
            d = t0 + i * interval - time.monotonic()
            if d > 0:
                time.sleep(d)
            b = self.o[s].recv(chunk)
            if not b:
                break
            tot += len(b)
        return tot

    def op_sendto_fastopen(self, s, n, ip, port):
        return self.o[s].sendto(b"x" * n, 0x20000000, (ip, port))

    def op_epoll_et_watch(self, s):
        """edge-triggered epoll in a thread; every wake-up is logged"""
        e = select.epoll(); e.register(self.o[s].fileno(), ALLEV | (1 << 31))
        def loop():
            while True:
                for _, m in e.poll(-1):
                    self.out({"log": "epoll_et", "s": s, "t": time.time(), "v": bits(m)})
        threading.Thread(target=loop, daemon=True).start(); return 0

    def op_fork_echo(self, s):
        """fork; the child keeps s and echoes; the parent closes its copy (the classic concurrent server)"""
        pid = os.fork()
        if pid == 0:
            try:
                while True:
                    d = self.o[s].recv(1024)
                    if not d:
                        break
                    self.o[s].send(d)
            finally:
                os._exit(0)
        os.close(self.o[s].detach())
        self.extra(pid=pid)
        return 0

    def op_exit(self, code=0):
        os._exit(code)

    def op_sendto(self, s, n, ip, port):
        return self.o[s].sendto(b"x" * n, (ip, port))

    def op_recv_errqueue(self, s):
        data, anc, flags, addr = self.o[s].recvmsg(2048, 512, socket.MSG_ERRQUEUE)
        for lvl, typ, cd in anc:
            if lvl == 0 and typ == 11:
                en, origin, ty, code = struct.unpack_from("IBBB", cd)
                self.extra(ee_errno=errno.errorcode.get(en), ee_origin={1: "LOCAL", 2: "ICMP"}.get(origin), ee_type=ty, ee_code=code)
        return len(data)

    def send_raw(self, src, dst, tcp):
        """with its checksum"""
        ps = socket.inet_aton(src) + socket.inet_aton(dst) + struct.pack("!BBH", 0, 6, len(tcp))
        c = 0
        for i in range(0, len(ps + tcp), 2):
            c += (ps + tcp)[i] << 8 | (ps + tcp)[i + 1]
        while c >> 16:
            c = (c & 0xffff) + (c >> 16)
        tcp = tcp[:16] + struct.pack("!H", ~c & 0xffff) + tcp[18:]
        r = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
        r.sendto(tcp, (dst, 0)); r.close()
        return 0

    def op_raw_syn(self, src, dst, sport, dport, seq):
        """one hand-made SYN (no local socket, so nobody retransmits it)"""
        opts = struct.pack("!BBHBBBBIIBBBB", 2, 4, 1460, 4, 2, 8, 10, 1, 0, 1, 3, 3, 7)
        hlen = 20 + len(opts)
        tcp = struct.pack("!HHIIBBHHH", sport, dport, seq, 0, (hlen // 4) << 4, 2, 64240, 0, 0) + opts
        return self.send_raw(src, dst, tcp)

    def op_raw_rst(self, src, dst, sport, dport, seq):
        tcp = struct.pack("!HHIIBBHHH", sport, dport, seq, 0, 5 << 4, 4, 0, 0, 0)
        return self.send_raw(src, dst, tcp)


OPTS = {"SO_LINGER": (1, 13), "SO_KEEPALIVE": (1, 9), "SO_SNDBUF": (1, 7), "SO_RCVBUF": (1, 8),
        "SO_REUSEADDR": (1, 2), "SO_RCVTIMEO": (1, 20), "SO_SNDTIMEO": (1, 21), "TCP_NODELAY": (6, 1),
        "TCP_KEEPIDLE": (6, 4), "TCP_KEEPINTVL": (6, 5), "TCP_KEEPCNT": (6, 6), "TCP_SYNCNT": (6, 7),
        "TCP_LINGER2": (6, 8), "TCP_DEFER_ACCEPT": (6, 9), "TCP_USER_TIMEOUT": (6, 18), "TCP_CORK": (6, 3), "TCP_QUICKACK": (6, 12), "TCP_FASTOPEN": (6, 23),
        "TCP_MAXSEG": (6, 2), "TCP_WINDOW_CLAMP": (6, 10), "IP_RECVERR": (0, 11)}


def realtime(prio):
    """less jitter on a busy machine; harmless where it is refused"""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(prio))
    except OSError:
        pass


def agent_main(argv):
    setns(argv[0])
    realtime(10)
    if "sigpipe_dfl" in argv:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if "ignore_term" in argv:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    a = Agent()
    a.out({"log": "ready"})
    a.run()


# ---------------------------------------------------------------- wire
TUNSETIFF, TUNSETCARRIER = 0x400454CA, 0x400454E2


def tap(ns, ifname):
    setns(ns)
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", ifname.encode(), 0x1002))
    return fd


FL = (("S", 2), ("F", 1), ("R", 4), ("P", 8), ("A", 16), ("U", 32), ("E", 64), ("C", 128))


class Rules:
    """count-based decisions about the TCP packets that pass the client's link; no randomness.
    A rule counts, from the moment it was armed, the packets of its direction and class:
    data (carries bytes beyond everything sent before), retrans (carries bytes, none new), ack (pure ACK), syn, synack, fin, rst, packet."""
    KINDS = ("data", "retrans", "ack", "syn", "synack", "fin", "rst", "packet")

    def __init__(self):
        self.rules, self.hits, self.top, self.isn = [], {}, {}, {}
        self.stall = {}

    def arm(self, rid, do):
        kind = next((k for k in self.KINDS if "nth_" + k in do), None)
        v = do.get("nth_" + kind) if kind else None
        self.rules.append({"id": rid, "do": do, "kind": kind, "nth": v if isinstance(v, list) else [v], "count": 0, "held": [],
                           "times": 1 << 60 if do.get("times") == "all" else do.get("times", 1),
                           "until": time.monotonic() + do["for_ms"] / 1000.0 if "for_ms" in do else None})
        self.hits[rid] = []

    def judge(self, d, frame, now):
        """-> list of (extra delay, frame) to forward, in this order"""
        if frame[12:14] != b"\x08\0" or frame[23] != 6:
            return [(0, frame)]
        ihl = (frame[14] & 15) * 4
        tot = frame[16] << 8 | frame[17]
        o = 14 + ihl
        sp, dp, seq, ack, off, fl = struct.unpack_from("!HHIIBB", frame, o)
        ln = tot - ihl - (off >> 4) * 4
        key = (d, sp, dp)
        if fl & 2:
            if self.isn.get(key) != seq:
                self.isn[key] = seq; self.top[key] = 0
            kinds = ("synack" if fl & 16 else "syn", "packet")
        rel = (seq - self.isn.get(key, seq)) & 0xffffffff
        if rel >= 1 << 31:
            rel -= 1 << 32
        if not fl & 2:
            if fl & 4:
                kinds = ("rst", "packet")
            else:
                kinds = ["packet"]
                if fl & 1:
                    kinds.append("fin")
                if ln:
                    kinds.append("data" if rel + ln > self.top.get(key, 0) else "retrans")
                elif not fl & 1:
                    kinds.append("ack")
        if not fl & 4:
            self.top[key] = max(self.top.get(key, 0), rel + ln + (1 if fl & 3 else 0))
        act, actr = None, None
        behind = []
        for r in self.rules:
            do = r["do"]
            if do["direction"] != d or (r["until"] is not None and now > r["until"]):
                continue
            if do["verb"] == "drop_larger":
                m = tot > do["ip_len"]
                r["count"] += m
            else:
                if r["kind"] not in kinds:
                    continue
                r["count"] += 1
                m = any(n <= r["count"] < n + r["times"] for n in r["nth"])
                if r["held"] and r["count"] >= do["release_after_" + r["kind"]]:
                    behind += r["held"]; r["held"] = []
            if m and act is None:
                act, actr = do["verb"], r
                if len(self.hits[r["id"]]) < 40:
                    self.hits[r["id"]].append({"t": time.time(), "d": d, "f": "".join(c for c, b in FL if fl & b), "seq": rel, "len": ln, "n": r["count"]})
        out = [(0, frame)]
        if act in ("drop", "drop_larger"):
            out = []
        elif act == "duplicate":
            out += [(actr["do"].get("after_ms", 0) / 1000.0, frame)] * actr["do"].get("copies", 1)
        elif act == "delay":
            out = [(actr["do"]["extra_ms"] / 1000.0, frame)]
        elif act == "hold":
            actr["held"].append(frame); out = []
        elif act == "stall":
            self.stall[d] = now + actr["do"]["ms"] / 1000.0
        elif act == "mark_ce":
            f = bytearray(frame)
            f[15] |= 3
            f[24:26] = b"\0\0"
            c = sum(f[i] << 8 | f[i + 1] for i in range(14, 14 + ihl, 2))
            while c >> 16:
                c = (c & 0xffff) + (c >> 16)
            f[24:26] = struct.pack("!H", ~c & 0xffff)
            out = [(0, bytes(f))]
        out += [(0, f) for f in behind]
        if self.stall.get(d, 0) > now:
            x = self.stall[d] - now
            out = [(max(e, x), f) for e, f in out]
        return out


def wire_main(argv):
    realtime(20)
    cfg = json.loads(argv[0])    # {"ports": {"C": [ns, if]}, "links": [["C","R0",delay]]}
    fds = {p: tap(ns, i) for p, (ns, i) in cfg["ports"].items()}
    peer, delay = {}, {}
    for a, b, d in cfg["links"]:
        peer[a], peer[b] = b, a
        delay[a] = delay[b] = d
    dirn = {"C": "c>s", peer["C"]: "s>c"}      # rules look at the client's link only
    rules = Rules()
    cut = set()
    heap, n = [], 0
    print("ready", flush=True)
    buf = b""
    byfd = {fd: p for p, fd in fds.items()}
    mono = time.monotonic
    while True:
        now = mono()
        while heap and heap[0][0] <= now + 0.0002:     # what was sent as one burst arrives as one burst
            _, _, dst, frame = heapq.heappop(heap)
            try:
                os.write(fds[dst], frame)
            except (OSError, KeyError):
                pass
        to = max(0.0, heap[0][0] - now) if heap else None
        r, _, _ = select.select([0] + list(byfd), [], [], to)
        for f in r:
            if f == 0:
                d = os.read(0, 65536)
                if not d:
                    return
                buf += d
                while b"\n" in buf:
                    line, buf = buf.split(b"\n", 1)
                    c = json.loads(line)
                    if c["cmd"] == "cut":
                        (cut.update if c["on"] else cut.difference_update)(c["ports"])
                    elif c["cmd"] == "rule":
                        rules.arm(c["id"], c["do"])
                    elif c["cmd"] == "hits":
                        print(json.dumps(rules.hits), flush=True)
                        continue
                    elif c["cmd"] == "carrier":
                        try:
                            fcntl.ioctl(fds[c["port"]], TUNSETCARRIER, struct.pack("i", 1 if c["on"] else 0))
                        except OSError as e:
                            print("err", e, flush=True); continue
                    elif c["cmd"] == "reopen":
                        p = c["port"]
                        if p in fds:
                            byfd.pop(fds[p], None)
                            os.close(fds[p])
                        ns, i = cfg["ports"][p]
                        fds[p] = tap(ns, i)
                        byfd[fds[p]] = p
                    elif c["cmd"] == "delay":
                        for p in c["ports"]:
                            delay[p] = c["d"]
                    print("ok", flush=True)
                continue
            p = byfd[f]
            dl, dst, dr = delay[p], peer[p], dirn.get(p)
            for _ in range(64):
                try:
                    frame = os.read(f, 70000)
                except BlockingIOError:
                    break
                except OSError:      # the namespace (and its TAP) is gone
                    byfd.pop(f, None); break
                if not frame:
                    break
                if p in cut:         # frames leaving port p are lost
                    continue
                now = mono()
                if dr:
                    for extra, fr in rules.judge(dr, frame, now):
                        n += 1
                        heapq.heappush(heap, (now + dl + extra, n, dst, fr))
                elif dl <= 0:
                    try:
                        os.write(fds[dst], frame)
                    except (OSError, KeyError):
                        pass
                else:
                    n += 1
                    heapq.heappush(heap, (now + dl, n, dst, frame))


# ---------------------------------------------------------------- lab
SYSCTLS = """tcp_rmem tcp_wmem tcp_retries1 tcp_retries2 tcp_syn_retries
tcp_syn_linear_timeouts tcp_synack_retries tcp_orphan_retries tcp_fin_timeout tcp_keepalive_time
tcp_keepalive_intvl tcp_keepalive_probes tcp_early_retrans tcp_recovery tcp_rto_max_ms tcp_rto_min_us
tcp_timestamps tcp_sack tcp_dsack tcp_window_scaling tcp_frto tcp_ecn tcp_fastopen
tcp_abort_on_overflow tcp_thin_linear_timeouts tcp_challenge_ack_limit tcp_invalid_ratelimit
tcp_tw_reuse tcp_rfc1337 tcp_autocorking tcp_slow_start_after_idle tcp_moderate_rcvbuf
tcp_pingpong_thresh tcp_mtu_probing tcp_comp_sack_nr tcp_syncookies ip_forward icmp_ratelimit icmp_ratemask""".split()


def in_ns(ns, fn):
    """run fn() in a forked child inside ns; returns its JSON-able result"""
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            setns(ns)
            os.write(w, json.dumps(fn()).encode())
        except BaseException as e:
            os.write(w, json.dumps({"_exc": repr(e)}).encode())
        finally:
            os._exit(0)
    os.close(w)
    data = b""
    while True:
        d = os.read(r, 65536)
        if not d:
            break
        data += d
    os.close(r)
    os.waitpid(pid, 0)
    res = json.loads(data)
    if isinstance(res, dict) and "_exc" in res:
        raise RuntimeError(res["_exc"])
    return res


def write_sysctl(kv):
    for k, v in kv.items():
        path = "/proc/sys/net/" + (k.replace(".", "/") if "." in k else "ipv4/" + k)
        with open(path, "w") as f:
            f.write(str(v))
    return 1


def read_sysctl():
    o = {}
    for k in SYSCTLS:
        try:
            o[k] = open("/proc/sys/net/ipv4/" + k).read().strip().replace("\t", " ")
        except OSError:
            pass
    return o


class Handle:
    def __init__(self, rec):
        self.rec = rec
        self.ev = threading.Event()

    def wait(self, timeout=None):
        if not self.ev.wait(timeout):
            return None
        return self.rec


class AgentProxy:
    def __init__(self, lab, role, ns, *flags):
        self.lab, self.role = lab, role
        self.p = subprocess.Popen([sys.executable, os.path.join(HERE, "refnet.py"), "agent", ns] + list(flags),
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.pid = self.p.pid
        self.pending = {}
        self.ready = threading.Event()
        threading.Thread(target=self._reader, daemon=True).start()
        self.ready.wait(10)

    def _reader(self):
        for line in self.p.stdout:
            m = json.loads(line)
            if "log" in m:
                if m["log"] == "ready":
                    self.ready.set()
                else:
                    self.lab.logs.append({"t": m["t"], "at": self.role, "log": m["log"], "s": m["s"], "v": m["v"]})
                continue
            h = self.pending.pop(m["id"])
            h.rec.update(t=m["t0"], t1=m["t1"], ret=m["ret"], err=m["err"])
            if m.get("x"):
                h.rec["x"] = m["x"]
            h.ev.set()

    def start(self, op, *args, th="main", quiet=False):
        rec = {"who": self.role, "op": op, "args": list(args), "t": time.time(), "t1": None, "ret": None, "err": None}
        if th != "main":
            rec["thread"] = th
        if not quiet:
            self.lab.calls.append(rec)
        self.lab.nid += 1
        h = Handle(rec)
        self.pending[self.lab.nid] = h
        try:
            self.p.stdin.write(json.dumps({"id": self.lab.nid, "op": op, "args": args, "th": th}) + "\n")
            self.p.stdin.flush()
        except BrokenPipeError:
            rec["err"] = "process-dead"
            h.ev.set()
        return h

    def do(self, op, *args, th="main", timeout=20, quiet=False):
        h = self.start(op, *args, th=th, quiet=quiet)
        # the call may never come back because the process dies in it
        end = time.time() + timeout
        while not h.ev.wait(0.02 if self.p.poll() is not None else 0.2):
            if self.p.poll() is not None:
                h.ev.wait(0.3)
                break
            if time.time() > end:
                break
        return h.rec

    def kill(self, sig=signal.SIGKILL, what=None):
        self.lab.fault(what or "%s process: signal %s" % (self.role, signal.Signals(sig).name))
        os.kill(self.pid, sig)

    def reap(self, timeout=5):
        try:
            return self.p.wait(timeout)
        except subprocess.TimeoutExpired:
            return None


class Lab:
    n = 0

    def __init__(self, tag):
        self.tag = tag
        self.calls, self.logs, self.faults, self.snaps = [], [], [], []
        self.agents, self.caps, self.procs = [], [], []
        self.nid = 0
        self.lockw = threading.Lock()

    # --- construction
    def ns(self, r):
        return "lr%s%s" % (self.tag, r)

    def sh(self, *cmd, check=True, inp=None):
        r = subprocess.run(cmd, input=inp, text=True, capture_output=True)
        if check and r.returncode:
            raise RuntimeError("%r: %s" % (cmd, r.stderr))
        return r.stdout

    def ipb(self, r, text, check=True):
        return self.sh("ip", "-n", self.ns(r), "-batch", "-", inp=text, check=check)

    def nsinit(self, r, extra):
        if os.path.exists("/run/netns/" + self.ns(r)):
            self.sh("ip", "netns", "del", self.ns(r))
        self.sh("ip", "netns", "add", self.ns(r))
        kv = {"net.ipv6.conf.all.disable_ipv6": 1}
        kv = {("ipv6.conf.all.disable_ipv6" if "ipv6" in k else k): v for k, v in kv.items()}
        if r == "R":
            kv["ip_forward"] = 1
        kv.update(extra)
        in_ns(self.ns(r), lambda: write_sysctl(kv))

    def build(self, topo="routed", rtt=0.02, neigh="static", sysctl=None, capture_arp=False, router_delay=0.0):
        sysctl = sysctl or {}
        self.topo, self.rtt, self.neigh, self.sysctl_set = topo, rtt, neigh, sysctl
        self.capture_arp = capture_arp
        alls = sysctl.get("all", {})
        self.sip = IP["server"] if topo == "routed" else IP["server_lan"]
        self.cip = IP["client"]
        roles = ["C", "R", "S"] if topo == "routed" else ["C", "S"]
        names = {"C": "client", "R": "router", "S": "server"}
        for r in roles:
            self.nsinit(r, {**alls, **sysctl.get(names[r], {})})
        ports = {"C": [self.ns("C"), "eth0"], "S": [self.ns("S"), "eth0"]}
        if topo == "routed":
            ports["R0"] = [self.ns("R"), "r0"]
            ports["R1"] = [self.ns("R"), "r1"]
            links = [["C", "R0", rtt / 2], ["R1", "S", router_delay]]
        else:
            links = [["C", "S", rtt / 2]]
        self.wire = subprocess.Popen([sys.executable, os.path.join(HERE, "refnet.py"), "wire",
                                      json.dumps({"ports": ports, "links": links})],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        assert self.wire.stdout.readline().strip() == "ready"
        self.conf_client()
        if topo == "routed":
            self.ipb("R", "link set lo up\nlink set r0 address %s\nlink set r1 address %s\nlink set r0 up\nlink set r1 up\n"
                     "addr add 10.1.0.1/24 dev r0\naddr add 10.2.0.1/24 dev r1\n" % (MAC["R0"], MAC["R1"]))
            if neigh == "static":
                self.ipb("R", "neigh replace 10.1.0.2 lladdr %s dev r0 nud permanent\nneigh replace 10.2.0.2 lladdr %s dev r1 nud permanent\n" % (MAC["C"], MAC["S"]))
        self.conf_server()
        self.sysctl_read = {names[r]: in_ns(self.ns(r), read_sysctl) for r in roles}
        if neigh != "static":   # fill the neighbour caches before the case begins
            subprocess.run(["ip", "netns", "exec", self.ns("C"), "ping", "-c", "1", "-W", "2", self.sip], capture_output=True)
        self.capture("client", "C", "eth0")
        if topo == "routed":
            self.capture("router", "R", "r1")
        self.t_begin = time.time()

    def conf_client(self):
        t = "link set lo up\nlink set eth0 address %s\nlink set eth0 up\naddr add 10.1.0.2/24 dev eth0\n" % MAC["C"]
        if self.topo == "routed":
            t += "route add default via 10.1.0.1\n"
            if self.neigh == "static":
                t += "neigh replace 10.1.0.1 lladdr %s dev eth0 nud permanent\n" % MAC["R0"]
        elif self.neigh == "static":
            t += "neigh replace 10.1.0.3 lladdr %s dev eth0 nud permanent\n" % MAC["S"]
        self.ipb("C", t)

    def conf_server(self):
        t = "link set lo up\nlink set eth0 address %s\nlink set eth0 up\n" % MAC["S"]
        if self.topo == "routed":
            t += "addr add 10.2.0.2/24 dev eth0\nroute add default via 10.2.0.1\n"
            if self.neigh == "static":
                t += "neigh replace 10.2.0.1 lladdr %s dev eth0 nud permanent\n" % MAC["R1"]
        else:
            t += "addr add 10.1.0.3/24 dev eth0\n"
            if self.neigh == "static":
                t += "neigh replace 10.1.0.2 lladdr %s dev eth0 nud permanent\n" % MAC["C"]
        self.ipb("S", t)

    def capture(self, name, r, ifname, suffix=""):
        path = os.path.join(HERE, "raw", "%s.%s%s.pcap" % (self.tag, name, suffix))
        filt = "ip or arp" if self.capture_arp else "ip"
        p = subprocess.Popen(["ip", "netns", "exec", self.ns(r), "tcpdump", "-Z", "root", "-i", ifname, "-s", "160",
                              "-B", "8192", "-n", "-U", "--immediate-mode", "-w", path, filt],
                             stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        while True:
            line = p.stderr.readline()
            if not line or b"listening on" in line:
                break
        threading.Thread(target=p.stderr.read, daemon=True).start()
        self.caps.append((name, p, path))

    def agent(self, role, r, *flags):
        a = AgentProxy(self, role, self.ns(r), *flags)
        self.agents.append(a)
        return a

    # --- faults and observation
    def fault(self, what, do=None):
        f = {"t": time.time(), "what": what}
        if do:
            f["do"] = do
        self.faults.append(f)
        return f

    def rule(self, what, **do):
        """a machine-readable, count-based instruction to the wire (see README: faults[].do)"""
        f = self.fault(what, do)
        f["rule"] = len(self.faults) - 1
        self.wcmd(cmd="rule", id=f["rule"], do=do)

    def set_rtt(self, ms, what=None):
        self.wcmd(cmd="delay", ports=["C", "R0"] if self.topo == "routed" else ["C", "S"], d=ms / 2000.0)
        self.fault(what or "the path's round-trip time becomes %g ms" % ms, {"verb": "rtt", "ms": ms})

    def router_mtu(self, mtu, what=None):
        self.ipb("R", "link set r1 mtu %d\n" % mtu)
        self.fault(what or "router's link towards the server has MTU %d (packets with DF get ICMP fragmentation needed)" % mtu,
                   {"verb": "router_mtu", "towards": "server", "mtu": mtu, "icmp": True})

    def fetch_hits(self):
        with self.lockw:
            self.wire.stdin.write(json.dumps({"cmd": "hits"}) + "\n")
            self.wire.stdin.flush()
            h = json.loads(self.wire.stdout.readline())
        for f in self.faults:
            if "rule" in f:
                f["hits"] = h.get(str(f["rule"]), [])

    def wcmd(self, **kw):
        with self.lockw:
            self.wire.stdin.write(json.dumps(kw) + "\n")
            self.wire.stdin.flush()
            r = self.wire.stdout.readline().strip()
            assert r == "ok", r

    def cut(self, ports, on=True, what=None, do=None):
        self.fault(what or ("frames leaving %s are lost" if on else "frames leaving %s pass again") % ",".join(ports), do)
        self.wcmd(cmd="cut", ports=ports, on=on)

    def cut_server(self, on=True, what=None, do=None):
        ps = ["R1", "S"] if self.topo == "routed" else ["C", "S"]
        self.cut(ps, on, what or ("server unreachable: cable between server and its switch cut" if on else "server cable restored"), do)

    def cut_client(self, on=True, what=None):
        ps = ["C", "R0"] if self.topo == "routed" else ["C", "S"]
        self.cut(ps, on, what or ("client cable cut beyond its switch (own carrier stays up)" if on else "client cable restored"))

    def nft(self, r, text, what=None):
        if what:
            self.fault(what)
        text = text.replace("{ ", "{\n").replace("; ", ";\n").replace(" }", "\n}") + "\n"
        self.sh("ip", "netns", "exec", self.ns(r), "nft", "-f", "-", inp=text)

    def ss(self, label, roles="CS"):
        for r in roles:
            try:
                out = self.sh("ip", "netns", "exec", self.ns(r), "ss", "-tanieoOH")
            except RuntimeError:
                out = ""
            t = time.time()
            socks = []
            for line in out.splitlines():
                f = line.split()
                d = {"state": f[0], "rq": int(f[1]), "sq": int(f[2])}
                rest = line.split(f[4], 1)[1]
                for tok in rest.split():
                    if tok.startswith("timer:("):
                        d["timer"] = tok[7:].rstrip(")")
                    for k in ("rto", "backoff", "rtt", "mss", "cwnd", "unacked", "lost", "retrans", "rwnd_limited", "wscale"):
                        if tok.startswith(k + ":"):
                            d[k] = tok[len(k) + 1:]
                if d["state"] == "LISTEN":
                    d = {k: d[k] for k in ("state", "rq", "sq")}
                socks.append(d)
            self.snaps.append({"t": t, "at": {"C": "client", "S": "server", "R": "router"}[r], "label": label, "sockets": socks})

    def sleep(self, s):
        time.sleep(s)

    def power_off_server(self, agent):
        """the server vanishes without a word: first nothing passes any more, then its programs and its
        namespace (all kernel TCP state) are destroyed"""
        self.fault("server host loses power (no packet leaves it any more; all its TCP state is gone)")
        self.wcmd(cmd="cut", ports=["S", "R1"] if self.topo == "routed" else ["S", "C"], on=True)
        for a in ([agent] if agent else []):
            os.kill(a.pid, signal.SIGKILL)
            a.reap()
        # the namespace may stay until its last orphan timer; take the device away first
        self.sh("ip", "-n", self.ns("S"), "link", "set", "eth0", "down", check=False)
        self.sh("ip", "netns", "del", self.ns("S"))

    def boot_server(self, sysctl=None):
        self.nsinit("S", {**self.sysctl_set.get("all", {}), **self.sysctl_set.get("server", {}), **(sysctl or {})})
        self.wcmd(cmd="reopen", port="S")
        self.conf_server()
        self.fault("server host has booted again with the same addresses and no TCP state")
        self.wcmd(cmd="cut", ports=["S", "R1"] if self.topo == "routed" else ["S", "C"], on=False)

    def power_off_client(self, agent):
        self.fault("client host loses power (no packet leaves it any more; all its TCP state is gone)")
        self.wcmd(cmd="cut", ports=["C", "R0"] if self.topo == "routed" else ["S", "C"], on=True)
        self.sh("ip", "-n", self.ns("C"), "link", "set", "eth0", "down")   # ends the capture there, too
        for a in ([agent] if agent else []):
            os.kill(a.pid, signal.SIGKILL)
            a.reap()

    def boot_client(self):
        for i, (n, p, path) in enumerate(self.caps):
            if n == "client":
                p.send_signal(signal.SIGINT); p.wait(5)
        self.sh("ip", "netns", "del", self.ns("C"))
        self.nsinit("C", {**self.sysctl_set.get("all", {}), **self.sysctl_set.get("client", {})})
        self.wcmd(cmd="reopen", port="C")
        self.conf_client()
        self.capture("client", "C", "eth0", suffix="2")
        self.fault("client host has booted again with the same address and no TCP state")
        self.wcmd(cmd="cut", ports=["C", "R0"] if self.topo == "routed" else ["S", "C"], on=False)

    # --- ready-made openings
    def listen(self, a, backlog=128, port=9998, name="l"):
        a.do("socket", name)
        a.do("setsockopt", name, "SO_REUSEADDR", 1)
        a.do("bind", name, "0.0.0.0", port)
        a.do("listen", name, backlog)

    def opening(self, c=None, s=None, echo=True, pre_connect=(), pre_listen=(), cport=None):
        """listen, connect, accept, and one 5-byte line echoed as echo programs do"""
        c = c or self.agent("client", "C")
        s = s or self.agent("server", "S")
        s.do("socket", "l")
        s.do("setsockopt", "l", "SO_REUSEADDR", 1)
        for o in pre_listen:
            s.do(*o)
        s.do("bind", "l", "0.0.0.0", 9998)
        s.do("listen", "l", 128)
        c.do("socket", "c")
        for o in pre_connect:
            c.do(*o)
        if cport:
            c.do("bind", "c", "0.0.0.0", cport)
        c.do("connect", "c", self.sip, 9998)
        s.do("accept", "l", "a")
        if echo:
            self.echo(c, s)
        return c, s

    def echo(self, c, s, n=5):
        c.do("send", "c", n)
        s.do("recv", "a", 1024)
        s.do("send", "a", n)
        c.do("recv", "c", 1024)
        time.sleep(0.1)

    # --- end
    def finish(self):
        self.t_end = time.time()
        if hasattr(self, "wire"):
            self.fetch_hits()
        for a in self.agents:
            if a.p.poll() is None:
                a.p.kill()
            a.p.wait()
        time.sleep(0.05)
        for name, p, path in self.caps:
            p.send_signal(signal.SIGINT)
        for name, p, path in self.caps:
            try:
                p.wait(5)
            except subprocess.TimeoutExpired:
                p.kill()
        try:
            self.wire.stdin.close()
            self.wire.wait(5)
        except Exception:
            if hasattr(self, "wire"):
                self.wire.kill()
        for r in "CRS":
            subprocess.run(["ip", "netns", "del", self.ns(r)], capture_output=True)


if __name__ == "__main__":
    if sys.argv[1] == "agent":
        agent_main(sys.argv[2:])
    elif sys.argv[1] == "wire":
        wire_main(sys.argv[2:])
