// Captures as Wireshark reads them.
#include "tests/tools/tcpsim/program.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <set>
#include <sstream>

namespace tcpsim::testing {
namespace {

/// tshark's fields of every packet, with TCP and IP checksums validated.
std::vector<std::vector<std::string>> tshark(std::string const& file, std::vector<std::string> const& fields,
                                             std::string const& filter = "") {
    std::vector<std::string> words{"tshark", "-n",
                                   "-r",     file,
                                   "-T",     "fields",
                                   "-E",     "separator=|",
                                   "-E",     "aggregator=;",
                                   "-o",     "tcp.check_checksum:TRUE",
                                   "-o",     "ip.check_checksum:TRUE"};
    for (std::string const& field : fields) {
        words.insert(words.end(), {"-e", field});
    }
    if (!filter.empty()) {
        words.insert(words.end(), {"-Y", filter});
    }
    Outcome const outcome = run_program(words);
    REQUIRE_MESSAGE(outcome.status == 0, "tshark could not read it: " << outcome.err);
    std::vector<std::vector<std::string>> rows;
    for (std::string const& line : lines_of(outcome.out)) {
        std::vector<std::string> cells;
        std::istringstream in{line + "|"};
        for (std::string cell; std::getline(in, cell, '|');) {
            cells.push_back(cell);
        }
        cells.resize(fields.size());
        rows.push_back(std::move(cells));
    }
    return rows;
}

struct Captured {
    TemporaryDirectory directory{};
    nlohmann::json json{};
    explicit Captured(std::string const& scenario) {
        Outcome const outcome = tcpsim({"run", "scenarios/" + scenario + ".yaml", "--json", "--pcap-dir",
                                        directory.file("all"), "--pcap", directory.file("default.pcapng")});
        REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
        json = nlohmann::json::parse(outcome.out);
    }
    [[nodiscard]] std::string at(std::string const& interface) const {
        return directory.file("all/" + interface + ".pcapng");
    }
};

TEST_CASE("pcapng: the default capture point is the first host's first interface") {
    Captured const run{"reboot"};
    CHECK(read_file(run.directory.file("default.pcapng")) == read_file(run.at("client-eth0")));
}

TEST_CASE("pcapng: tshark finds no malformed packet and no bad checksum, at any interface") {
    Captured const run{"crash"};
    for (char const* interface : {"client-eth0", "router-eth0", "router-eth1"}) {
        std::string const file = run.at(interface);
        auto const all = tshark(file, {"frame.protocols", "tcp.checksum.status", "ip.checksum.status"});
        CHECK(all.size() > 10);
        for (auto const& row : all) {
            CHECK(row[0] == (contains(row[0], "data") ? "eth:ethertype:ip:tcp:data" : "eth:ethertype:ip:tcp"));
            CHECK(row[1] == "1");  // "Good"
            CHECK(row[2] == "1");
        }
        CHECK(tshark(file, {"frame.number"}, "_ws.malformed || _ws.unreassembled").empty());
    }
}

TEST_CASE("pcapng: tshark flags exactly the real retransmissions") {
    for (char const* scenario : {"crash", "bsd-nine-minutes", "reboot"}) {
        Captured const run{scenario};
        // Sent by the client, in order: the n-th of them is a retransmission, says the trace.
        std::set<std::size_t> real;
        std::size_t number = 0;
        for (auto const& packet : run.json["packets"]) {
            if (packet["from"] != "client") {
                continue;
            }
            ++number;
            std::string const why = packet["cause"]["why"];
            if (why == "retransmission_timeout" || why == "tail_loss_probe" || why == "fast_retransmit") {
                real.insert(number);
            }
        }
        std::set<std::size_t> flagged;
        number = 0;
        for (auto const& row : tshark(run.at("client-eth0"),
                                      {"frame.packet_flags_direction", "tcp.analysis.retransmission",
                                       "tcp.analysis.fast_retransmission", "tcp.analysis.spurious_retransmission"})) {
            bool const outbound = std::stoul(row[0], nullptr, 0) == 2;
            bool const retransmission = !row[1].empty() || !row[2].empty() || !row[3].empty();
            number += outbound ? 1 : 0;
            if (retransmission) {
                CHECK(outbound);
                flagged.insert(number);
            }
        }
        CHECK_MESSAGE(flagged == real, scenario);
        CHECK(real.empty() == (std::string{scenario} == "reboot"));
    }
}

TEST_CASE("pcapng: interface names, directions, nanosecond times and comments read back") {
    Captured const run{"reboot"};
    auto const rows =
        tshark(run.at("client-eth0"), {"frame.interface_name", "frame.interface_description",
                                       "frame.packet_flags_direction", "frame.time_epoch", "frame.comment", "ip.src"});
    REQUIRE(rows.size() > 5);
    std::vector<std::string> comments;
    for (auto const& row : rows) {
        CHECK(row[0] == "eth0");
        CHECK(row[1] == "eth0 of client");
        bool const ours = row[5] == "10.1.0.2";
        CHECK(std::stoul(row[2], nullptr, 0) == (ours ? 2U : 1U));
        CHECK(row[3].rfind("9466848", 0) == 0);  // 2000-01-01 00:00 UTC
        CHECK(row[3].size() - row[3].find('.') == 10);
        CHECK(!row[4].empty());
        comments.push_back(row[4]);
    }
    CHECK(contains(comments.front(), "a program called connect()"));
    CHECK(contains(comments.back(), "nobody there has this connection"));
    CHECK(contains(comments[comments.size() - 2], "server loses power"));
    CHECK(contains(comments[comments.size() - 2], "server boots again: boot 2"));
}

TEST_CASE("pcapng: sequence numbers are the connection's own, bytes are what the program wrote") {
    Captured const run{"reboot"};
    auto const rows =
        tshark(run.at("client-eth0"), {"tcp.seq_raw", "tcp.seq", "tcp.len", "tcp.payload"}, "tcp.len > 0");
    REQUIRE(rows.size() >= 2);
    CHECK(std::stoull(rows[0][0]) > 1000);  // an initial sequence number is no small number
    CHECK(rows[0][1] == "1");
    CHECK(rows[0][2] == "5");
    CHECK(rows[0][3] == "68656c6c6f");  // hello
}

TEST_CASE("pcapng: what got lost says so on its own packet") {
    Captured const run{"crash"};
    auto const rows = tshark(run.at("client-eth0"), {"frame.comment"},
                             "tcp.analysis.retransmission && frame.packet_flags_direction == 2");
    REQUIRE(!rows.empty());
    for (auto const& row : rows) {
        CHECK(contains(row[0], " after "));
        CHECK(contains(row[0], "lost: server has no power"));
    }
}

}  // namespace
}  // namespace tcpsim::testing
