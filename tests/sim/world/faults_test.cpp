// sim/world: faults of links as TCP meets them.
#include "sim/app/programs.hpp"
#include "tests/sim/world/two_hosts.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::tests;

namespace {

/// A client that sends 50'000 bytes of a pattern to a server that checks them.
struct Transfer : TwoHosts {
    explicit Transfer(Setting const& setting = {}) : TwoHosts{setting} {
        install(server, "sink", [](app::Process& p) { return app::sink(p, port); });
        install(client, "bulk", [](app::Process& p) { return app::bulk_send(p, server_endpoint, 50'000); });
    }
    std::uint64_t fired() const { return world.link(link).rules()[0].fired; }
    /// The client is done, and the server did not exit because its pattern was broken.
    bool succeeded() const {
        auto const ended = happened(trace::Happening::process_exited);
        return ended.size() == 1 && ended[0]->node == client && ended[0]->status == 0;
    }
    void arm(net::Verdict verdict, net::Match match = {.data = true, .nth = 3, .times = 5}) {
        schedule(Duration{0}, world::ArmRule{link, {.name = "rule", .match = match, .verdict = verdict}});
    }
};
using Kind = net::Verdict::Kind;

}  // namespace

TEST_CASE("corrupt: the receiver drops by the checksum, and TCP sends again") {
    Transfer transfer;
    transfer.arm({Kind::corrupt});
    transfer.run();
    CHECK(transfer.dropped(trace::DropReason::checksum).size() == 5);
    CHECK(transfer.fired() == 5);
    CHECK(transfer.succeeded());
}

TEST_CASE("duplicate: copies change nothing for the program") {
    Transfer transfer;
    transfer.arm({Kind::duplicate, Duration{0}, 3});
    transfer.run();
    CHECK(transfer.fired() == 5);
    CHECK(transfer.succeeded());
}

TEST_CASE("random loss, jitter, a small queue and RED together: all bytes arrive") {
    Setting setting;
    setting.link.bits_per_second = 5'000'000;
    setting.link.queue_packets = 20;
    setting.link.red = {.min_packets = 3, .max_packets = 12, .weight_shift = 3};
    setting.link.jitter = 2ms;
    setting.link.loss = {.bad = {1'000'000}, .turns_bad = {20'000}, .turns_good = {300'000}};
    Transfer transfer{setting};
    transfer.run();
    CHECK(transfer.succeeded());
    CHECK_FALSE(transfer.dropped(trace::DropReason::link_loss).empty());
}

TEST_CASE("random faults depend on the seed and on the link's name, and on nothing else") {
    auto const losses = [](std::uint64_t seed, char const* name) {
        Setting setting;
        setting.seed = seed;
        setting.link.name = name;
        setting.link.loss = {.good = {100'000}};
        Transfer transfer{setting};
        transfer.run();
        std::vector<std::uint64_t> numbers;
        for (auto const& lost : transfer.dropped(trace::DropReason::link_loss)) {
            numbers.push_back(lost->packet.number);
        }
        return numbers;
    };
    CHECK(losses(1, "a") == losses(1, "a"));
    CHECK(losses(1, "a") != losses(2, "a"));
    CHECK(losses(1, "a") != losses(1, "b"));
}
