// Input that means harm or met an accident: an error with a place, never a crash, a hang, or a full memory.
#include "tests/sim/scenario/support.hpp"

#include <chrono>

using namespace tcpsim;
using namespace tcpsim::tests;

namespace {

std::string const head = "name: x\ntopology: {shape: routed, rtt: 20ms}\n";

std::string repeated(std::string const& text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) {
        all += text;
    }
    return all;
}

/// The only problem, without its file's name.
std::string only_problem(std::string const& text) {
    auto const lines = problems(load(text));
    REQUIRE(lines.starts_with("x.yaml:"));
    CHECK(std::count(lines.begin(), lines.end(), '\n') == 1);
    return lines.substr(7, lines.size() - 8);
}

}  // namespace

TEST_CASE("hostile input: brackets nested ten thousand deep") {
    CHECK(only_problem("name: " + repeated("[", 10'000)) ==
          "1:263: more than 256 open brackets, expected values nested at most 32 deep");
    CHECK(only_problem(repeated("{a: ", 10'000)).find("open brackets") != std::string::npos);
}

TEST_CASE("hostile input: brackets nested a little too deep") {
    CHECK(only_problem("name: " + repeated("[", 100) + repeated("]", 100)).find("nested more than 32 deep") !=
          std::string::npos);
}

TEST_CASE("hostile input: blocks nested deep, by dashes, by question marks, by indentation") {
    CHECK_FALSE(load("name:\n  " + repeated("- ", 50'000) + "x\n").ok());
    CHECK_FALSE(load(repeated("? ", 50'000) + "x\n").ok());
    std::string stairs;
    for (std::size_t i = 0; i < 600; ++i) {
        stairs += std::string(i, ' ') + "a:\n";
    }
    CHECK_FALSE(load(stairs).ok());
}

TEST_CASE("hostile input: aliases of aliases") {
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 12; ++i) {
        auto const before = "*a" + std::to_string(i - 1);
        auto const name = "a" + std::to_string(i);
        bomb += name + ": &" + name + " [" + repeated(before + ", ", 9) + before + "]\n";
    }
    CHECK(only_problem(bomb).find("more than 100000 values, aliases expanded") != std::string::npos);
}

TEST_CASE("hostile input: a long text aliased many times") {
    auto const text = "a: &a \"" + repeated("x", 500'000) + "\"\nb: [" + repeated("*a, ", 1'000) + "*a]\n";
    CHECK(only_problem(text).find("bytes of text, aliases expanded") != std::string::npos);
}

TEST_CASE("hostile input: an alias of itself") {
    CHECK(only_problem("name: &a [*a]\n") == "1:11: an alias inside of what it stands for, expected it outside");
    CHECK(only_problem("name: &a {b: *a}\n") == "1:14: an alias inside of what it stands for, expected it outside");
}

TEST_CASE("hostile input: two mebibytes") {
    CHECK(only_problem(head + repeated("# a comment\n", 200'000)) ==
          "1:1: the file has 2400045 bytes, expected at most 1048576");
}

TEST_CASE("hostile input: a great deal of almost anything is judged quickly") {
    using namespace std::chrono_literals;
    constexpr std::size_t size = 100'000;
    for (std::string const text :
         {"a: b\n", "- x\n", "&a ",     "*a ", "'",   "\"",    "| \n",  ": ",          "!",      "%",
          "a,",     "? a\n", "# \n",    " ",   "\n",  "\t",    "---\n", "\"\\x41",     "[]",     "{}",
          "- - ",   "a:\n ", "{a: b},", "a",   "- [", "\"a\n", "x y\n", "--- \n...\n", "&a x\n", "!!a x\n- "}) {
        CAPTURE(text);
        auto const begin = std::chrono::steady_clock::now();
        CHECK_FALSE(load(repeated(text, size / text.size())).ok());
        CHECK(std::chrono::steady_clock::now() - begin < 30s);  // sanitizers and a busy machine
    }
}

TEST_CASE("hostile input: text after the end of the document") {
    CHECK(only_problem("{a: b},") == "1:7: text after the end of the document, expected one per file");
    CHECK(only_problem("\"a\" \"b\"\n") == "1:5: text after the end of the document, expected one per file");
}

TEST_CASE("hostile input: thousands of mistakes are cut short") {
    auto const lines = problems(load(head + "programs: [" + repeated("5, ", 5'000) + "5]\n"));
    CHECK(std::count(lines.begin(), lines.end(), '\n') == 101);
    CHECK(lines.find("and 4901 more") != std::string::npos);
}

TEST_CASE("hostile input: bytes that are no text") {
    CHECK(only_problem(std::string{"name: x\n\0y\n", 11}) == "2:1: the control character 0x00, expected text");
    CHECK(only_problem("name: x\ny: \x1b[31m\n") == "2:4: the control character 0x1b, expected text");
    CHECK(only_problem("name: x\nabout: caf\xe9\n") == "2:11: the byte 0xe9 is not UTF-8, expected UTF-8 text");
    CHECK(only_problem("about: \xc0\xaf\n") == "1:8: the byte 0xc0 is not UTF-8, expected UTF-8 text");
    CHECK(only_problem("about: \xed\xa0\x80\n") == "1:8: the byte 0xed is not UTF-8, expected UTF-8 text");
    CHECK(only_problem("about: \xf0\x9f\x98") == "1:8: the byte 0xf0 is not UTF-8, expected UTF-8 text");
    CHECK(only_problem(std::string{"\xff\xfen\0a\0", 6}) == "1:1: the file is UTF-16, expected UTF-8");
    CHECK(only_problem("\x7f"
                       "ELF\x02\x01\x01") == "1:1: the control character 0x7f, expected text");
}

TEST_CASE("line ends: LF, CR LF and CR give the same places") {
    std::string const text = head + "\nprograms:\n  - name: a\n    hots: b\n";
    std::string with_crlf;
    std::string with_cr;
    for (char const c : text) {
        with_crlf += c == '\n' ? "\r\n" : std::string{c};
        with_cr += c == '\n' ? '\r' : c;
    }
    auto const expected = problems(load(text));
    CHECK(expected.find("x.yaml:6:5: unknown key 'hots'") != std::string::npos);
    CHECK(problems(load(with_crlf)) == expected);
    CHECK(problems(load(with_cr)) == expected);
    CHECK(only_problem("name: x\r\nabout: \x01\r\n") == "2:8: the control character 0x01, expected text");
}

TEST_CASE("a byte order mark is no part of the first key") {
    CHECK(load("\xef\xbb\xbf" + head).ok());
    CHECK(problems(load("\xef\xbb\xbfnam: x\n")).starts_with("x.yaml:1:1: "));
}

TEST_CASE("columns count characters, not bytes") {
    CHECK(problems(load(head + "expect: [{name: \"Zürich\", nevr: {}}]\n"))
              .starts_with("x.yaml:3:27: unknown key 'nevr'"));
}

TEST_CASE("anchors and aliases that are meant well work") {
    auto const scenario = loaded(head + "hosts:\n  client: &quick {tcp_retries2: 3}\n  server: *quick\n");
    REQUIRE(scenario.hosts.size() == 2);
    CHECK(scenario.hosts[0].profile.rto.data_retries.value == 3);
    CHECK(scenario.hosts[1].profile.rto.data_retries.value == 3);
}
