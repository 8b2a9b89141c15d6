// The tables of what can happen to machines and links: the verbs of the timeline.
#include "sim/scenario/shape_leaves.hpp"
#include "sim/scenario/step_words.hpp"

namespace tcpsim::scenario::tables {

namespace {

using std::string_view_literals::operator""sv;

/// `key: {…}`: one verb's only field.
constexpr Field verb(std::string_view name, Kind kind, std::string_view doc, Shape const* shape = nullptr) {
    return Field{.name = name, .kind = kind, .doc = doc, .required = true, .shape = shape};
}
constexpr Field on_host(std::string_view doc) {
    return Field{.name = "host", .kind = Kind::host, .doc = doc, .required = true};
}
constexpr Field on_link{.name = "link", .kind = Kind::link, .doc = "where", .required = true};
constexpr Field towards{
    .name = "towards", .kind = Kind::node, .doc = "only this way: the node at that end; default: both ways"};

// --- machines
constexpr std::array power_loss{verb("power_loss", Kind::host, "its power is gone: nobody is told, nothing is kept")};
constexpr std::array crash{verb("crash", Kind::host, "its kernel stops; power and carrier stay")};
constexpr std::array boot{verb("boot", Kind::host, "starts a host that is off or has crashed")};
constexpr std::array kill_fields{
    Field{.name = "program", .kind = Kind::process, .doc = "`program` or `host/program`", .required = true},
    Field{.name = "with", .kind = Kind::word, .doc = "which signal; default SIGKILL", .words = signal_words},
};
constexpr Shape killing{"a signal", "For every process of a program, forked children included.", kill_fields, {}};
constexpr std::array kill{verb("kill", Kind::process, "a signal to a program; alone: SIGKILL", &killing)};

constexpr std::array exit_fields{
    Field{.name = "program", .kind = Kind::process, .doc = "`program` or `host/program`", .required = true},
    Field{.name = "status", .kind = Kind::integer, .doc = "its exit status; default 0", .most = 255},
};
constexpr Shape exiting{"an exit", "Of every process of a program, forked children included.", exit_fields, {}};
constexpr std::array exit_by_itself{
    verb("exit", Kind::process, "it calls exit(), wherever it is; its kernel closes its files", &exiting)};

constexpr Field grace{.name = "grace",
                      .kind = Kind::duration,
                      .doc = "between SIGTERM and SIGKILL; default 10s (init: 5 to 20 s, systemd: 90 s)"};
constexpr std::array shutdown_fields{on_host("which one"), grace};
constexpr Shape ending{"a shutdown", "It is over as soon as no process is left.", shutdown_fields, {}};
constexpr std::array shutdown{
    verb("shutdown", Kind::host, "SIGTERM to all, SIGKILL to those that are left, and the power goes off", &ending)};
constexpr std::array reboot_fields{
    on_host("which one"),
    grace,
    Field{.name = "boots_after", .kind = Kind::duration, .doc = "how long it is off; default 10s"},
};
constexpr Shape restart{"a reboot", "A shutdown, and a boot some time after it.", reboot_fields, {}};
constexpr std::array reboot{verb("reboot", Kind::host, "a shutdown, and then a boot", &restart)};

constexpr std::array clock_words{"stops"sv, "runs"sv};
constexpr std::array nic_words{"down"sv, "deaf"sv, "queues"sv};
constexpr std::array suspension_fields{
    on_host("who sleeps"),
    Field{.name = "clock",
          .kind = Kind::word,
          .doc = "`stops` (the default): timers go on where they stood; `runs`: all that was due expires at once",
          .words = [] { return std::span<std::string_view const>{clock_words}; }},
    Field{.name = "nic",
          .kind = Kind::word,
          .doc = "`down` (the default): no carrier; `deaf`: what arrives is lost; `queues`: up to 500 frames wait",
          .words = [] { return std::span<std::string_view const>{nic_words}; }},
};
constexpr Shape suspension{
    "a suspension", "A frozen virtual machine, a closed lid, a live migration.", suspension_fields, {}};
constexpr std::array suspend{verb("suspend", Kind::host, "it sleeps; its memory stays", &suspension)};
constexpr std::array resume{verb("resume", Kind::host, "it wakes up")};

constexpr std::array skew_fields{
    on_host("whose clock"),
    Field{.name = "by", .kind = Kind::duration, .doc = "ahead at once by so much: timers come early; default 0s"},
    Field{.name = "ppm",
          .kind = Kind::integer,
          .doc = "from now on it gains so many parts per million, or loses them",
          .least = -500'000,
          .most = 1'000'000},
};
constexpr Shape skew{"a clock's error", "Of the clock that the kernel's timers go by.", skew_fields, {}};
constexpr std::array clock_skew{verb("clock_skew", Kind::nothing, "its kernel's clock goes wrong", &skew)};

constexpr Field at_link{
    .name = "link", .kind = Kind::link, .doc = "the interface at this link; default: the host's first"};
constexpr std::array nic_fields{on_host("whose interface"), at_link};
constexpr Shape nic{"an interface", "One of a host's network interfaces.", nic_fields, {}};
constexpr std::array nic_down{verb("nic_down", Kind::host, "`ip link set … down`: its routes go, too", &nic)};
constexpr std::array nic_up{verb("nic_up", Kind::host, "`ip link set … up`, and its routes are back", &nic)};
constexpr std::array address_removed{verb("address_removed", Kind::host, "`ip address del`: its routes go, too", &nic)};
constexpr std::array address_fields{
    on_host("whose interface"),
    at_link,
    Field{.name = "address", .kind = Kind::prefix, .doc = "default: the one it has after a boot"},
};
constexpr Shape address{"an address", "For one of a host's network interfaces.", address_fields, {}};
constexpr std::array address_added{
    verb("address_added", Kind::host, "`ip address add`, where none is; its routes are back", &address)};

constexpr std::array forget_neighbours{
    verb("forget_neighbours", Kind::host, "`ip neighbour flush`, with `neighbours: arp`")};

// --- links
constexpr std::array cut{verb("cut", Kind::link, "nothing passes, what is on its way is lost, and both ends see it")};
constexpr std::array restore{verb("restore", Kind::link, "ends a cut or a black hole")};
constexpr std::array hole_fields{on_link, towards};
constexpr Shape hole{"a black hole", "A link that swallows packets while its lights are on.", hole_fields, {}};
constexpr std::array blackhole{verb("blackhole", Kind::link, "nothing passes, and nobody sees it", &hole)};
constexpr std::array flap_fields{
    on_link,
    Field{.name = "down", .kind = Kind::duration, .doc = "how long it is cut", .required = true},
    Field{.name = "up", .kind = Kind::duration, .doc = "how long it is whole in between", .required = true},
    Field{.name = "times", .kind = Kind::integer, .doc = "how often", .required = true, .least = 1, .most = 1'000'000},
};
constexpr Shape flapping{"a loose contact", "Cut and restored, again and again.", flap_fields, {}};
constexpr std::array flap{verb("flap", Kind::nothing, "a link comes and goes", &flapping)};
constexpr std::array change_fields{
    on_link,
    Field{.name = "delay", .kind = Kind::duration, .doc = "one way, each way"},
    Field{.name = "jitter", .kind = Kind::duration, .doc = "at most so much more"},
    Field{.name = "rate", .kind = Kind::rate, .doc = "for what is being sent and what waits, too"},
    Field{.name = "queue", .kind = Kind::integer, .doc = "packets that may wait", .least = 1, .most = 1'000'000},
    Field{.name = "queue_bytes", .kind = Kind::size, .doc = "bytes that may wait; 0: as many as may"},
    Field{.name = "loss", .kind = Kind::probability, .doc = "of each frame", .shape = &loss},
};
constexpr Shape link_change{"a change of a link", "What is not said stays as it is.", change_fields, {}};
constexpr std::array change{verb("change", Kind::nothing, "a link has other properties from now on", &link_change)};

// --- routers
constexpr std::array answer_words{"blackhole"sv, "net"sv, "host"sv, "protocol"sv, "port"sv, "prohibited"sv};
constexpr Field of_router{.name = "router", .kind = Kind::node, .doc = "whose: a router", .required = true};
constexpr std::array route_fields{
    of_router,
    Field{.name = "to", .kind = Kind::host, .doc = "packets to this host", .required = true},
    Field{.name = "answer",
          .kind = Kind::word,
          .doc = "`blackhole` (the default): none; else the sender is told by ICMP: `net`, `host`, `protocol`, `port` "
                 "(unreachable) or `prohibited`",
          .words = [] { return std::span<std::string_view const>{answer_words}; }},
    Field{.name = "via", .kind = Kind::node, .doc = "in place of `answer`: they go on by this neighbour"},
};
constexpr Shape own_route{"a route", "To nowhere, or by a neighbour. It goes before the others.", route_fields, {}};
constexpr std::array mtu_fields{
    of_router,
    Field{.name = "link", .kind = Kind::link, .doc = "its interface at this link; default: its first"},
    Field{.name = "bytes",
          .kind = Kind::integer,
          .doc = "larger IP packets do not pass",
          .required = true,
          .least = 68,
          .most = 65'535},
};
constexpr Shape router_mtu{"an MTU", "Of a router's interface. Hosts learn of it by ICMP only.", mtu_fields, {}};
constexpr std::array mtu{verb("mtu", Kind::nothing, "from now on only smaller packets pass here", &router_mtu)};
constexpr std::array backend_fields{
    of_router, Field{.name = "server", .kind = Kind::host, .doc = "which backend", .required = true}};
constexpr Shape backend{"a backend", "Of a load balancer.", backend_fields, {}};
constexpr std::array route{
    verb("route", Kind::nothing, "packets to a host go nowhere from here, or another way", &own_route)};
constexpr std::array unroute{verb("unroute", Kind::nothing, "such a route is gone", &own_route)};
constexpr std::array forget_flows{
    verb("forget_flows", Kind::node, "a NAT, firewall, load balancer or SYN proxy forgets every connection")};
constexpr std::array rebind{verb("rebind", Kind::node, "a NAT gives every connection another port")};
constexpr std::array backend_out{verb("backend_out", Kind::nothing, "a server leaves a load balancer", &backend)};
constexpr std::array backend_in{verb("backend_in", Kind::nothing, "it is back", &backend)};

// --- rules on a link
constexpr Field rule_from{.name = "from", .kind = Kind::host, .doc = "only packets of this host"};
constexpr Field rule_to{.name = "to", .kind = Kind::host, .doc = "only packets to this host"};
constexpr Field rule_nth{.name = "nth",
                         .kind = Kind::integer,
                         .doc = "only the n-th that matches, from 1; default: every one",
                         .least = 1,
                         .most = most_nth};
constexpr Field rule_times{
    .name = "times",
    .kind = Kind::integer,
    .doc = "that one and the next, so many in all, from the first unless `nth` says otherwise; default 1",
    .least = 1,
    .most = most_nth};
constexpr Field rule_chance{
    .name = "chance", .kind = Kind::probability, .doc = "of these, only so often; default 100%"};
constexpr Field by(std::string_view doc, bool required) {
    return Field{.name = "by", .kind = Kind::duration, .doc = doc, .required = required};
}
constexpr std::array protocol_words{"tcp"sv, "udp"sv, "icmp"sv, "arp"sv};  // in the order of net::Protocol
constexpr Field protocol{
    .name = "protocol", .kind = Kind::word, .doc = "only packets of this one; default: of any", .words = [] {
        return std::span<std::string_view const>{protocol_words};
    }};
constexpr Field larger_than{
    .name = "larger_than", .kind = Kind::size, .doc = "only IP packets of more bytes", .most = 65'535};
constexpr std::array rule_fields{on_link,     rule_from, rule_to,  towards,    flags,      data,
                                 larger_than, protocol,  rule_nth, rule_times, rule_chance};
constexpr std::array slow_fields{on_link,    by("how much later they arrive; others may overtake them", true),
                                 rule_from,  rule_to,
                                 towards,    flags,
                                 data,       larger_than,
                                 protocol,   rule_nth,
                                 rule_times, rule_chance};
constexpr std::array stall_fields{on_link,    by("how long everything of their direction waits", true),
                                  rule_from,  rule_to,
                                  towards,    flags,
                                  data,       larger_than,
                                  protocol,   rule_nth,
                                  rule_times, rule_chance};
constexpr std::array reorder_fields{
    on_link,
    Field{.name = "behind",
          .kind = Kind::integer,
          .doc = "each waits until so many later ones that the rule means have overtaken it",
          .required = true,
          .least = 1,
          .most = most_nth},
    rule_from,
    rule_to,
    towards,
    flags,
    data,
    larger_than,
    protocol,
    rule_nth,
    rule_times,
    rule_chance};
constexpr std::array duplicate_fields{
    on_link,
    Field{.name = "copies", .kind = Kind::integer, .doc = "how many more; default 1", .least = 1, .most = 1000},
    by("how much later the copies arrive; default 0s", false),
    rule_from,
    rule_to,
    towards,
    flags,
    data,
    larger_than,
    protocol,
    rule_nth,
    rule_times,
    rule_chance};
constexpr std::string_view all_of{"Everything that is said must hold."};
constexpr Shape drop_rule{"packets to drop", all_of, rule_fields, {}};
constexpr Shape slow_rule{"packets to slow down", all_of, slow_fields, {}};
constexpr Shape reorder_rule{"packets to reorder", all_of, reorder_fields, {}};
constexpr Shape duplicate_rule{"packets to duplicate", all_of, duplicate_fields, {}};
constexpr Shape corrupt_rule{"packets to corrupt", all_of, rule_fields, {}};
constexpr Shape mark_rule{"packets to mark", all_of, rule_fields, {}};
constexpr Shape stall_rule{"packets that block the way", all_of, stall_fields, {}};
constexpr Shape pass_rule{"packets to let pass", all_of, rule_fields, {}};
constexpr std::array pass{
    verb("pass", Kind::nothing, "from now on these are no longer for the rules below", &pass_rule)};
constexpr std::array drop{verb("drop", Kind::nothing, "from now on these packets are lost", &drop_rule)};
constexpr std::array slow{verb("slow", Kind::nothing, "from now on these packets come later", &slow_rule)};
constexpr std::array reorder{verb("reorder", Kind::nothing, "from now on these are overtaken", &reorder_rule)};
constexpr std::array duplicate{verb("duplicate", Kind::nothing, "from now on these come twice", &duplicate_rule)};
constexpr std::array corrupt{verb("corrupt", Kind::nothing, "from now on one bit of these is wrong", &corrupt_rule)};
constexpr std::array mark{verb("mark", Kind::nothing, "from now on these are marked (RFC 3168)", &mark_rule)};
constexpr std::array stall{verb("stall", Kind::nothing, "each of these blocks its direction for a while", &stall_rule)};
// --- looking
constexpr std::array ss{verb("ss", Kind::host, "a table of its sockets, as `ss -tuinoap` shows them; nothing happens")};
constexpr std::array heal{verb("heal", Kind::rule, "ends the rule that the step of that name armed")};

}  // namespace

constinit std::array<Variant, fault_variant_count> const fault_variants{
    Variant{.word = {}, .doc = "A host loses power.", .fields = power_loss},
    Variant{.word = {}, .doc = "A host crashes.", .fields = crash},
    Variant{.word = {}, .doc = "A host boots.", .fields = boot},
    Variant{.word = {}, .doc = "A program gets a signal.", .fields = kill},
    Variant{.word = {}, .doc = "A program ends.", .fields = exit_by_itself},
    Variant{.word = {}, .doc = "A host is shut down.", .fields = shutdown},
    Variant{.word = {}, .doc = "A host is rebooted.", .fields = reboot},
    Variant{.word = {}, .doc = "A host falls asleep.", .fields = suspend},
    Variant{.word = {}, .doc = "A host wakes up.", .fields = resume},
    Variant{.word = {}, .doc = "A clock goes wrong.", .fields = clock_skew},
    Variant{.word = {}, .doc = "An interface is taken down.", .fields = nic_down},
    Variant{.word = {}, .doc = "An interface is brought up.", .fields = nic_up},
    Variant{.word = {}, .doc = "An address is removed.", .fields = address_removed},
    Variant{.word = {}, .doc = "An address is added.", .fields = address_added},
    Variant{.word = {}, .doc = "A host forgets MAC addresses.", .fields = forget_neighbours},
    Variant{.word = {}, .doc = "A link is cut.", .fields = cut},
    Variant{.word = {}, .doc = "A link works again.", .fields = restore},
    Variant{.word = {}, .doc = "A link swallows packets.", .fields = blackhole},
    Variant{.word = {}, .doc = "A link comes and goes.", .fields = flap},
    Variant{.word = {}, .doc = "A link changes.", .fields = change},
    Variant{.word = {}, .doc = "A route is added.", .fields = route},
    Variant{.word = {}, .doc = "It is taken away.", .fields = unroute},
    Variant{.word = {}, .doc = "A router's MTU changes.", .fields = mtu},
    Variant{.word = {}, .doc = "A box in the middle forgets.", .fields = forget_flows},
    Variant{.word = {}, .doc = "A NAT chooses other ports.", .fields = rebind},
    Variant{.word = {}, .doc = "A backend leaves.", .fields = backend_out},
    Variant{.word = {}, .doc = "A backend is back.", .fields = backend_in},
    Variant{.word = {}, .doc = "Packets pass.", .fields = pass},
    Variant{.word = {}, .doc = "Packets are lost.", .fields = drop},
    Variant{.word = {}, .doc = "Packets are late.", .fields = slow},
    Variant{.word = {}, .doc = "Packets are out of order.", .fields = reorder},
    Variant{.word = {}, .doc = "Packets come twice.", .fields = duplicate},
    Variant{.word = {}, .doc = "Packets are corrupted.", .fields = corrupt},
    Variant{.word = {}, .doc = "Packets are marked.", .fields = mark},
    Variant{.word = {}, .doc = "Packets block the way.", .fields = stall},
    Variant{.word = {}, .doc = "A rule ends.", .fields = heal},
    Variant{.word = {}, .doc = "The sockets of a host are shown.", .fields = ss},
};

}  // namespace tcpsim::scenario::tables
