// The tables of what can happen to machines and links: the verbs of the timeline.
#include "sim/scenario/shape_leaves.hpp"

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
constexpr std::array kill{verb("kill", Kind::process, "SIGKILL to a program, as `program` or `host/program`")};

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
    verb("address_added", Kind::host, "`ip address add`, and its routes are back", &address)};

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
    Field{.name = "rate", .kind = Kind::rate, .doc = "what waits already keeps the old one"},
    Field{.name = "queue", .kind = Kind::integer, .doc = "packets that may wait", .least = 1, .most = 1'000'000},
    Field{.name = "queue_bytes", .kind = Kind::size, .doc = "bytes that may wait; 0: as many as may"},
    Field{.name = "loss", .kind = Kind::probability, .doc = "of each frame", .shape = &loss},
};
constexpr Shape link_change{"a change of a link", "What is not said stays as it is.", change_fields, {}};
constexpr std::array change{verb("change", Kind::nothing, "a link has other properties from now on", &link_change)};

// --- routers
constexpr std::array answer_words{"blackhole"sv, "net"sv, "host"sv, "protocol"sv, "port"sv, "prohibited"sv};
constexpr Field of_router{.name = "router", .kind = Kind::node, .doc = "whose", .required = true};
constexpr std::array route_fields{
    of_router,
    Field{.name = "to", .kind = Kind::host, .doc = "packets to this host", .required = true},
    Field{.name = "answer",
          .kind = Kind::word,
          .doc = "`blackhole`: none; else the sender is told by ICMP: `net`, `host`, `protocol`, `port` (unreachable) "
                 "or `prohibited`",
          .required = true,
          .words = [] { return std::span<std::string_view const>{answer_words}; }},
};
constexpr Shape dead_route{"a route that leads nowhere", "It goes before the others.", route_fields, {}};
constexpr std::array backend_fields{
    of_router, Field{.name = "server", .kind = Kind::host, .doc = "which backend", .required = true}};
constexpr Shape backend{"a backend", "Of a load balancer.", backend_fields, {}};
constexpr std::array route{verb("route", Kind::nothing, "packets to a host go nowhere from here", &dead_route)};
constexpr std::array unroute{verb("unroute", Kind::nothing, "such a route is gone", &dead_route)};
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
constexpr Field rule_times{.name = "times",
                           .kind = Kind::integer,
                           .doc = "with `nth`: that one and the next, so many in all; default 1",
                           .least = 1,
                           .most = most_nth};
constexpr Field rule_chance{
    .name = "chance", .kind = Kind::probability, .doc = "of these, only so often; default 100%"};
constexpr Field by(std::string_view doc, bool required) {
    return Field{.name = "by", .kind = Kind::duration, .doc = doc, .required = required};
}
constexpr std::array rule_fields{on_link, rule_from, rule_to, towards, flags, data, rule_nth, rule_times, rule_chance};
constexpr std::array slow_fields{on_link,    by("how much later they arrive; others may overtake them", true),
                                 rule_from,  rule_to,
                                 towards,    flags,
                                 data,       rule_nth,
                                 rule_times, rule_chance};
constexpr std::array stall_fields{on_link,    by("how long everything of their direction waits", true),
                                  rule_from,  rule_to,
                                  towards,    flags,
                                  data,       rule_nth,
                                  rule_times, rule_chance};
constexpr std::array reorder_fields{
    on_link,
    Field{.name = "behind",
          .kind = Kind::integer,
          .doc = "each waits until the rule has seen so many in all, and follows the last of them",
          .required = true,
          .least = 2,
          .most = most_nth},
    rule_from,
    rule_to,
    towards,
    flags,
    data,
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
constexpr std::array drop{verb("drop", Kind::nothing, "from now on these packets are lost", &drop_rule)};
constexpr std::array slow{verb("slow", Kind::nothing, "from now on these packets come later", &slow_rule)};
constexpr std::array reorder{verb("reorder", Kind::nothing, "from now on these are overtaken", &reorder_rule)};
constexpr std::array duplicate{verb("duplicate", Kind::nothing, "from now on these come twice", &duplicate_rule)};
constexpr std::array corrupt{verb("corrupt", Kind::nothing, "from now on one bit of these is wrong", &corrupt_rule)};
constexpr std::array mark{verb("mark", Kind::nothing, "from now on these are marked (RFC 3168)", &mark_rule)};
constexpr std::array stall{verb("stall", Kind::nothing, "each of these blocks its direction for a while", &stall_rule)};
constexpr std::array heal{verb("heal", Kind::rule, "ends the rule that the step of that name armed")};

}  // namespace

constinit std::array<Variant, fault_variant_count> const fault_variants{
    Variant{.word = {}, .doc = "A host loses power.", .fields = power_loss},
    Variant{.word = {}, .doc = "A host crashes.", .fields = crash},
    Variant{.word = {}, .doc = "A host boots.", .fields = boot},
    Variant{.word = {}, .doc = "A program is killed.", .fields = kill},
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
    Variant{.word = {}, .doc = "A route leads nowhere.", .fields = route},
    Variant{.word = {}, .doc = "It does no longer.", .fields = unroute},
    Variant{.word = {}, .doc = "A box in the middle forgets.", .fields = forget_flows},
    Variant{.word = {}, .doc = "A NAT chooses other ports.", .fields = rebind},
    Variant{.word = {}, .doc = "A backend leaves.", .fields = backend_out},
    Variant{.word = {}, .doc = "A backend is back.", .fields = backend_in},
    Variant{.word = {}, .doc = "Packets are lost.", .fields = drop},
    Variant{.word = {}, .doc = "Packets are late.", .fields = slow},
    Variant{.word = {}, .doc = "Packets are out of order.", .fields = reorder},
    Variant{.word = {}, .doc = "Packets come twice.", .fields = duplicate},
    Variant{.word = {}, .doc = "Packets are corrupted.", .fields = corrupt},
    Variant{.word = {}, .doc = "Packets are marked.", .fields = mark},
    Variant{.word = {}, .doc = "Packets block the way.", .fields = stall},
    Variant{.word = {}, .doc = "A rule ends.", .fields = heal},
};

}  // namespace tcpsim::scenario::tables
