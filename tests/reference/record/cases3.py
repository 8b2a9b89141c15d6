"""What the recordings did not reach: written after the code was finished, to see what the first replay says."""
from cases import case
from cases2 import MSS, drop, setup, transfer


@case("both sides send 60 segments at once")
def both_send_bulk(L):
    c, s = setup(L)
    hs = s.start("send", "a", 60 * MSS, th="w")
    hc = c.start("send", "c", 60 * MSS, th="w")
    r = s.start("recv_n", "a", 60 * MSS)
    q = c.start("recv_n", "c", 60 * MSS)
    for h in (hs, hc, r, q):
        h.wait(20)
    L.sleep(0.5)
    c.do("tcp_info", "c")


@case("TCP_MAXSEG 500 on the client: 20 such segments, the 7th is lost")
def maxseg_500_loss(L):
    c, s = setup(L, pre_connect=[("setsockopt", "c", "TCP_MAXSEG", 500)])
    drop(L, nth_data=7, times=1)
    transfer(L, c, s, 20 * 488)


@case("TCP_NODELAY: ten writes of 100 bytes at once, then one of 3000")
def nodelay_many_writes(L):
    c, s = setup(L, pre_connect=[("setsockopt", "c", "TCP_NODELAY", 1)])
    r = s.start("recv_n", "a", 4000)
    for _ in range(10):
        c.do("send", "c", 100)
    c.do("send", "c", 3000)
    r.wait(5)
    L.sleep(0.5)


@case("twelve questions of 200 bytes and answers of 3000, without a pause")
def request_response(L):
    c, s = setup(L)
    for _ in range(12):
        r = s.start("recv_n", "a", 200)
        c.do("send", "c", 200)
        r.wait(5)
        q = c.start("recv_n", "c", 3000)
        s.do("send", "a", 3000)
        q.wait(5)
    L.sleep(0.5)
    c.do("tcp_info", "c")


@case("keepalive 1 s / 1 s / 5; the wire is cut for 2.6 s while idle, then whole again")
def keepalive_survives_gap(L):
    c, s = setup(L)
    for o, v in (("TCP_KEEPIDLE", 1), ("TCP_KEEPINTVL", 1), ("TCP_KEEPCNT", 5), ("SO_KEEPALIVE", 1)):
        c.do("setsockopt", "c", o, v)
    drop(L, nth_packet=1, times="all", for_ms=2600)
    L.sleep(5)
    c.do("send", "c", 5)
    s.do("recv", "a", 100)
    L.sleep(0.5)


@case("both programs close at the same moment with 20 segments under way from the client")
def close_both_with_data(L):
    c, s = setup(L)
    r = s.start("recv_until_end", "a")
    c.do("send", "c", 20 * MSS)
    hc = c.start("close", "c")
    r.wait(5)
    s.do("close", "a")
    hc.wait(5)
    L.sleep(0.5)


@case("the server shuts down its sending side; the client goes on for 1.5 s, then closes")
def server_half_close(L):
    c, s = setup(L)
    s.do("shutdown", "a", "WR")
    c.do("recv", "c", 100)
    for _ in range(3):
        c.do("send", "c", 2000)
        L.sleep(0.5)
        s.do("recv", "a", 4000)
    c.do("close", "c")
    s.do("recv", "a", 100)
    s.do("close", "a")
    L.sleep(0.3)


@case("the receiver's buffer is 8 KB and read in pieces of 700 bytes every 30 ms; silly windows are avoided")
def small_reads_small_buffer(L):
    c, s = setup(L, pre_listen=[("setsockopt", "l", "SO_RCVBUF", 8192)])
    h = c.start("send", "c", 30000)
    s.do("drain_every", "a", 700, 0.03, 30000, timeout=20)
    h.wait(20)
    L.sleep(0.5)


@case("the 5th, 6th and 7th of 30 segments are lost, and then every second repetition once")
def burst_loss_and_repetitions(L):
    c, s = setup(L, warm=20 * MSS)
    drop(L, nth_data=5, times=3)
    drop(L, nth_retrans=[2, 4], times=1)
    transfer(L, c, s, 30 * MSS, after=1.0)


@case("SO_LINGER 1 s, the peer's machine falls silent before close()")
def linger_1s_dead_peer(L):
    c, s = setup(L)
    L.cut_server(what="server host crashes: no packet reaches or leaves it any more, no ICMP",
                 do={"verb": "power_loss", "target": "server"})
    c.do("setsockopt", "c", "SO_LINGER", [1, 1])
    c.do("send", "c", 1000)
    c.do("close", "c", timeout=10)
    L.sleep(3)


@case("a write of 40 segments while the ACKs come 15 ms later than before")
def rtt_grows_in_flight(L):
    c, s = setup(L, warm=10 * MSS)
    L.rule("ACKs of the server come 15 ms later", verb="delay", direction="s>c", nth_ack=1, times="all", extra_ms=15)
    transfer(L, c, s, 40 * MSS, after=1.0)


@case("RTT 60 ms, reno, 60 segments; the 12th and the 30th are lost")
def reno_two_losses_60ms(L):
    c, s = setup(L, cc="reno", rtt=0.06)
    drop(L, nth_data=[12, 30], times=1)
    transfer(L, c, s, 60 * MSS, after=1.0)


@case("TCP_DEFER_ACCEPT 2 s on the listener; the client writes after 300 ms")
def defer_accept(L):
    L.build()
    c, s = L.agent("client", "C"), L.agent("server", "S")
    s.do("socket", "l")
    s.do("setsockopt", "l", "SO_REUSEADDR", 1)
    s.do("setsockopt", "l", "TCP_DEFER_ACCEPT", 2)
    s.do("bind", "l", "0.0.0.0", 9998)
    s.do("listen", "l", 8)
    c.do("socket", "c")
    c.do("connect", "c", L.sip, 9998)
    h = s.start("accept", "l", "a")
    L.sleep(0.3)
    c.do("send", "c", 100)
    h.wait(5)
    s.do("recv", "a", 200)
    s.do("send", "a", 50)
    c.do("recv", "c", 100)
    L.sleep(0.3)


@case("user timeout 3 s and keepalive 1 s / 1 s / 9, idle; the peer's machine falls silent")
def user_timeout_and_keepalive(L):
    c, s = setup(L)
    for o, v in (("TCP_KEEPIDLE", 1), ("TCP_KEEPINTVL", 1), ("TCP_KEEPCNT", 9), ("TCP_USER_TIMEOUT", 3000), ("SO_KEEPALIVE", 1)):
        c.do("setsockopt", "c", o, v)
    L.cut_server(what="server host crashes: no packet reaches or leaves it any more, no ICMP",
                 do={"verb": "power_loss", "target": "server"})
    c.do("recv", "c", 100, timeout=20)
    c.do("send", "c", 5)
    L.sleep(0.3)
