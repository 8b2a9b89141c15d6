"""More of what the recordings did not reach."""
from cases import case
from cases2 import MSS, drop, setup, transfer


@case("SO_SNDTIMEO 0.5 s: the server does not read, a write of 2 MB ends early, the next one with EAGAIN")
def sndtimeo_full(L):
    c, s = setup(L)
    c.do("setsockopt", "c", "SO_SNDTIMEO", 0.5)
    c.do("send", "c", 2000000, timeout=10)
    c.do("send", "c", 1000, timeout=10)
    c.do("poll", "c", 0)
    L.sleep(0.3)


@case("TCP_SYNCNT 2, the server's machine is silent; connect() fails, and a second socket tries again")
def syncnt_2_dead(L):
    L.build()
    c, s = L.agent("client", "C"), L.agent("server", "S")
    L.cut_server(what="server host crashes: no packet reaches or leaves it any more, no ICMP",
                 do={"verb": "power_loss", "target": "server"})
    c.do("socket", "c")
    c.do("setsockopt", "c", "TCP_SYNCNT", 2)
    c.do("connect", "c", L.sip, 9998, timeout=30)
    c.do("getsockopt", "c", "SO_ERROR")
    c.do("socket", "d")
    c.do("nonblock", "d")
    c.do("connect", "d", L.sip, 9998)
    c.do("connect", "d", L.sip, 9998)
    L.sleep(0.5)
    c.do("poll", "d", 0)
    c.do("close", "d")
    L.sleep(2)


@case("shutdown(SHUT_WR), then send(); the server answers and closes")
def send_after_shutdown(L):
    c, s = setup(L)
    c.do("shutdown", "c", "WR")
    c.do("send", "c", 10)
    c.do("poll", "c", 0)
    s.do("recv", "a", 100)
    s.do("send", "a", 3000)
    s.do("close", "a")
    L.sleep(0.1)
    c.do("recv", "c", 5000)
    c.do("recv", "c", 5000)
    c.do("close", "c")
    L.sleep(0.3)


@case("shutdown(SHUT_RD) on the client; the server sends 2000 bytes, twice")
def shutdown_rd_peer_sends(L):
    c, s = setup(L)
    c.do("shutdown", "c", "RD")
    c.do("recv", "c", 100)
    s.do("send", "a", 2000)
    L.sleep(0.1)
    c.do("poll", "c", 0)
    c.do("recv", "c", 5000)
    s.do("send", "a", 2000)
    L.sleep(0.1)
    c.do("close", "c")
    L.sleep(0.1)
    s.do("recv", "a", 10)
    s.do("send", "a", 10)
    L.sleep(0.2)


@case("without SACK, reno, 40 segments; the 11th and the 14th are lost")
def nosack_reno_two_losses(L):
    c, s = setup(L, cc="reno", sysctl={"all": {"tcp_sack": 0}})
    drop(L, nth_data=[11, 14], times=1)
    transfer(L, c, s, 40 * MSS, after=1.5)


@case("without timestamps, 10 segments; the last two are lost")
def nots_tail_loss(L):
    c, s = setup(L, sysctl={"all": {"tcp_timestamps": 0}})
    drop(L, nth_data=[9, 10], times=1)
    transfer(L, c, s, 10 * 1460, after=1.0)


@case("the reader sleeps 1.2 s while 200 KB come, then reads all")
def reader_sleeps(L):
    c, s = setup(L)
    h = c.start("send", "c", 200000)
    L.sleep(1.2)
    s.do("recv_n", "a", 200000, timeout=20)
    h.wait(20)
    L.sleep(0.5)
    c.do("tcp_info", "c")


@case("60 segments; the 15th is held back until 12 later ones have passed")
def reorder_by_12(L):
    c, s = setup(L, warm=20 * MSS)
    L.rule("data segment 15 is held back until data segment 27 has passed", verb="hold", direction="c>s",
           nth_data=15, release_after_data=27)
    transfer(L, c, s, 60 * MSS, after=1.0)


@case("TCP_WINDOW_CLAMP 6000 on the listener; 30 segments")
def window_clamp_6000(L):
    c, s = setup(L, pre_listen=[("setsockopt", "l", "TCP_WINDOW_CLAMP", 6000)])
    transfer(L, c, s, 30 * MSS, after=0.5)


@case("the server's FIN is lost twice; the client closes 1 s later")
def server_fin_lost_twice(L):
    c, s = setup(L)
    drop(L, d="s>c", nth_fin=1, times=2)
    s.do("close", "a")
    L.sleep(1.0)
    c.do("recv", "c", 10)
    c.do("close", "c")
    L.sleep(0.5)


@case("data in both directions while the whole path is silent for 1.3 s")
def silence_both_ways(L):
    c, s = setup(L)
    drop(L, nth_packet=1, times="all", for_ms=1300)
    drop(L, d="s>c", nth_packet=1, times="all", for_ms=1300)
    hc = c.start("send", "c", 5 * MSS, th="w")
    hs = s.start("send", "a", 3000, th="w")
    r = s.start("recv_n", "a", 5 * MSS)
    q = c.start("recv_n", "c", 3000)
    for h in (hc, hs, r, q):
        h.wait(20)
    L.sleep(0.7)
    c.do("tcp_info", "c")


@case("TCP_USER_TIMEOUT 1.5 s with 3 segments lost for good; the error, then the next calls")
def user_timeout_1500(L):
    c, s = setup(L)
    c.do("setsockopt", "c", "TCP_USER_TIMEOUT", 1500)
    L.cut_server(what="server host crashes: no packet reaches or leaves it any more, no ICMP",
                 do={"verb": "power_loss", "target": "server"})
    c.do("send", "c", 3 * MSS)
    c.do("recv", "c", 10, timeout=20)
    c.do("send", "c", 10)
    c.do("close", "c")
    L.sleep(0.3)


@case("SYN lost once, then SYN-ACK lost once, then 10 segments")
def syn_and_synack_lost(L):
    L.build()
    drop(L, nth_syn=1, times=1)
    drop(L, d="s>c", nth_synack=1, times=1)
    c, s = L.opening()
    transfer(L, c, s, 10 * MSS)


@case("ECN: every fifth of 60 segments is marked")
def ecn_every_fifth(L):
    c, s = setup(L, sysctl={"all": {"tcp_ecn": 1}})
    L.rule("data segments 5, 10, 15, 20, 25, 30 are marked CE", verb="mark_ce", direction="c>s",
           nth_data=[5, 10, 15, 20, 25, 30], times=1)
    transfer(L, c, s, 60 * MSS, after=0.6)
