// The fuzzers' properties without the fuzzers, over their corpora; and how the seeds of these are made.
#include "tests/fuzz/tcp/seeds.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace tcpsim::fuzz;
using namespace tcpsim::test;

namespace {

std::string const folder = "tests/fuzz/corpus/";

std::vector<std::uint8_t> contents(std::filesystem::path const& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

std::vector<std::filesystem::path> corpus(std::string const& name) {
    std::vector<std::filesystem::path> files;
    for (auto const& entry : std::filesystem::directory_iterator{folder + name}) {
        files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

void compare(std::string const& name, std::vector<Seed> const& seeds) {
    for (Seed const& seed : seeds) {
        std::string const path = folder + name + "/" + seed.name;
        if (std::getenv("TCPSIM_UPDATE") != nullptr) {
            std::ofstream{path, std::ios::binary}.write(reinterpret_cast<char const*>(seed.bytes.data()),
                                                        static_cast<std::streamsize>(seed.bytes.size()));
        }
        INFO(path << " differs; TCPSIM_UPDATE=1 writes it anew");
        CHECK((contents(path) == seed.bytes));
    }
}

}  // namespace

TEST_CASE("fuzz: the seeds are what seeds.hpp makes") {
    compare("connection", connection_seeds());
    compare("pair", pair_seeds());
}

TEST_CASE("fuzz: nothing in the corpus of connection_fuzz breaks a connection") {
    auto const files = corpus("connection");
    CHECK(files.size() >= connection_seeds().size());
    for (auto const& file : files) {
        CAPTURE(file.string());
        CHECK(violated(hostile_plan(contents(file))) == "");
    }
}

TEST_CASE("fuzz: nothing in the corpus of pair_fuzz is lost in silence") {
    auto const files = corpus("pair");
    CHECK(files.size() >= pair_seeds().size());
    for (auto const& file : files) {
        CAPTURE(file.string());
        CHECK(violated(swarm_plan(contents(file))) == "");
    }
}
