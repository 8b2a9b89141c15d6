// Each rule against a planted violation, and against what looks like one.
#include "tests/house/rules.hpp"

#include <doctest/doctest.h>

using namespace tcpsim::house;

namespace {

/// The lines of the findings, which is what tells them apart here.
std::vector<int> lines(std::vector<Finding> const& findings) {
    std::vector<int> all;
    all.reserve(findings.size());
    for (auto const& finding : findings)
        all.push_back(finding.line);
    return all;
}
using Lines = std::vector<int>;

std::string repeated(std::string const& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i)
        all += text;
    return all;
}

}  // namespace

TEST_CASE("code_of: comments and literals are blank, offsets stay") {
    CHECK(code_of("a // b\nc") == "a     \nc");
    CHECK(code_of("a /* b\nc */ d") == "a     \n     d");
    CHECK(code_of(R"(f("x\"y", 'z'))") == R"(f("    ", ' '))");
    CHECK(code_of("1'000 + 2") == "1'000 + 2");
    CHECK(code_of("#include \"a/b.hpp\"\n") == "#include \"a/b.hpp\"\n");
    CHECK(code_of("R\"(a\"b)\" + c") == "R\"     \" + c");
}

TEST_CASE("layering: an include against an arrow is found") {
    CHECK(lines(includes_against_the_arrows({"stack/wire/x.hpp", "\n#include \"stack/tcp/state.hpp\"\n"})) == Lines{2});
    CHECK(lines(includes_against_the_arrows({"stack/profile/x.hpp", "#include \"stack/wire/bytes.hpp\"\n"})) ==
          Lines{1});
    CHECK(lines(includes_against_the_arrows({"stack/tcp/x.cpp", "#include \"sim/trace/record.hpp\"\n"})) == Lines{1});
    CHECK(lines(includes_against_the_arrows({"sim/net/x.cpp", "#include \"sim/world/world.hpp\"\n"})) == Lines{1});
    CHECK(lines(includes_against_the_arrows({"sim/world/x.cpp", "#include \"tools/render/x.hpp\"\n"})) == Lines{1});
    CHECK(lines(includes_against_the_arrows({"sim/core/x.cpp", "#include \"tests/house/text.hpp\"\n"})) == Lines{1});
    CHECK(lines(includes_against_the_arrows({"sim/core/x.cpp", "#include \"random.hpp\"\n"})) == Lines{1});
}

TEST_CASE("layering: an include along the arrows is none") {
    CHECK(includes_against_the_arrows({"stack/socket/x.cpp", "#include \"stack/base/time.hpp\"\n"}).empty());
    CHECK(includes_against_the_arrows({"stack/host/x.cpp", "#include \"stack/profile/profile.hpp\"\n"}).empty());
    CHECK(includes_against_the_arrows({"sim/scenario/x.cpp", "#include \"stack/tcp/tcb.hpp\"\n"}).empty());
    CHECK(includes_against_the_arrows({"stack/wire/x.cpp", "// #include \"sim/net/link.hpp\"\n"}).empty());
    CHECK(includes_against_the_arrows({"tests/stack/x.cpp", "#include \"sim/net/link.hpp\"\n"}).empty());
}

TEST_CASE("layering: a library outside of its layer is found") {
    CHECK(lines(includes_against_the_arrows({"stack/wire/x.cpp", "#include <fmt/format.h>\n"})) == Lines{1});
    CHECK(lines(includes_against_the_arrows({"stack/host/x.cpp", "#include <sys/socket.h>\n"})) == Lines{1});
    CHECK(lines(includes_against_the_arrows({"sim/world/x.cpp", "#include <fmt/format.h>\n"})) == Lines{1});
    CHECK(lines(includes_against_the_arrows({"sim/net/x.cpp", "#include <boost/graph/graphml.hpp>\n"})) == Lines{1});
    CHECK(lines(includes_against_the_arrows({"sim/topology/x.cpp", "#include <yaml-cpp/yaml.h>\n"})) == Lines{1});
    CHECK(lines(includes_against_the_arrows({"sim/scenario/x.cpp", "#include <CLI/CLI.hpp>\n"})) == Lines{1});
    CHECK(includes_against_the_arrows({"stack/wire/x.cpp", "#include <vector>\n"}).empty());
    CHECK(includes_against_the_arrows({"sim/topology/x.cpp", "#include <boost/graph/graphml.hpp>\n"}).empty());
    CHECK(includes_against_the_arrows({"tools/tcpsim/x.cpp", "#include <unistd.h>\n"}).empty());
}

TEST_CASE("layering: a file in an unknown room is found") {
    CHECK(lines(includes_against_the_arrows({"sim/attic/x.cpp", ""})) == Lines{0});
}

TEST_CASE("layering: a link against an arrow is found") {
    CHECK(lines(links_against_the_arrows({"x", "\ntcpsim_layer(stack_wire stack/wire DEPENDS stack_tcp)\n"})) ==
          Lines{2});
    CHECK(lines(links_against_the_arrows({"x", "tcpsim_layer(stack_wire stack/wire)\n"})) == Lines{1});
    CHECK(lines(links_against_the_arrows({"x", "tcpsim_layer(sim_attic sim/attic DEPENDS sim_net)\n"})) == Lines{1});
    CHECK(links_against_the_arrows({"x", "tcpsim_layer(stack_base stack/base)\n"}).empty());
    CHECK(
        links_against_the_arrows({"x", "tcpsim_layer(stack_tcp stack/tcp DEPENDS stack_profile stack_wire)"}).empty());
    CHECK(links_against_the_arrows({"x", "tcpsim_layer(sim_scenario sim/scenario DEPENDS sim_topology LIBRARIES a::b)"})
              .empty());
}

TEST_CASE("layering: a second file with yaml-cpp is found") {
    File const door{"sim/scenario/load.cpp", "#include <yaml-cpp/yaml.h>\n"};
    File const second{"sim/scenario/second.cpp", "#include <yaml-cpp/yaml.h>\n"};
    CHECK(second_doors_to_yaml({door}).empty());
    CHECK(second_doors_to_yaml({door, second}) ==
          std::vector<Finding>{{second.path, 0, "includes yaml-cpp, which has its door elsewhere"}});
}

TEST_CASE("size: a file is too long at one line more") {
    CHECK(long_files({"sim/net/x.cpp", repeated("\n", file_lines)}).empty());
    CHECK(lines(long_files({"sim/net/x.cpp", repeated("\n", file_lines + 1)})) == Lines{0});
    CHECK(long_files({"tests/x.cpp", repeated("\n", test_file_lines)}).empty());
    CHECK(lines(long_files({"tests/x.cpp", repeated("\n", test_file_lines + 1)})) == Lines{0});
}

TEST_CASE("size: a function is too long at one line more, however it begins") {
    auto const rest = [](int lines) { return repeated("\n", lines - 1) + "}\n"; };
    for (std::string const head :
         {"int f(int a) {", "template <class T> void f(T a) {", "A::A(int a) : a_{a}, b_{2} {", "A::A() : a_{1} {",
          "struct A { void f() const noexcept {", "namespace a { auto f() -> int {", "TEST_CASE(\"x {\") {",
          "bool A::operator==(A const& b) const {", "void f(A a = {}, int b) {", "auto const f = [] {",
          "extern \"C\" { int f() {"}) {
        CAPTURE(head);
        CHECK(long_functions({"x.cpp", head + rest(function_lines)}).empty());
        CHECK(lines(long_functions({"x.cpp", head + rest(function_lines + 1)})) == Lines{1});
    }
}

TEST_CASE("size: what is long and no function is left alone") {
    for (std::string const head : {"struct A {", "namespace {", "enum class E : int {", "A const table[] = {",
                                   "constexpr std::array<A, 3> table{{", "class A final : public B {"}) {
        CAPTURE(head);
        auto const close = head.ends_with("{{") ? "}};" : "};";
        CHECK(long_functions({"x.cpp", head + repeated("\n", 2 * function_lines) + close}).empty());
    }
    auto const table =
        "A const& f() {\n static A const a{{1, 2},\n" + repeated("{{3, 4}},\n", 2 * function_lines) + "};\n";
    CHECK(long_functions({"x.cpp", table + "return a; }"}).empty());
    CHECK(lines(long_functions({"x.cpp", table + repeated("\n", function_lines) + "}"})) == Lines{1});
    auto const bodies = repeated("void f() {\n" + repeated("\n", function_lines / 2) + "}\n", 4);
    CHECK(long_functions({"x.cpp", bodies}).empty());
}

TEST_CASE("repeatable: what makes runs differ is found in stack and sim only") {
    for (std::string const code :
         {"std::unordered_map<int, int> a;", "std::map<A*, int> a;", "std::set<A const*> a;", "std::hash<int> h;",
          "int a = rand();", "std::random_device a;", "std::mt19937_64 a;", "std::uniform_int_distribution<int> a;",
          "auto a = std::chrono::steady_clock::now();", "time(nullptr);", "double a;", "float a;", "#include <fstream>",
          "std::FILE* a = std::fopen(b, c);", "#include <filesystem>", "std::getenv(a);", "std::thread a;",
          "thread_local int a;"}) {
        CAPTURE(code);
        CHECK(lines(unrepeatable({"stack/tcp/x.cpp", code})) == Lines{1});
        CHECK(lines(unrepeatable({"sim/net/x.hpp", "\n" + code})) == Lines{2});
        CHECK(unrepeatable({"tools/tcpsim/x.cpp", code}).empty());
        CHECK(unrepeatable({"sim/net/x.cpp", "// " + code}).empty());
    }
}

TEST_CASE("repeatable: names that only look like it are left alone") {
    for (std::string const code : {"std::map<int, A*> a;", "Instant time(Instant a);", "run_time(0);", "operand(1);",
                                   "Duration a = b * 2;", "doubled(a);", "std::string s{\"steady_clock\"};"}) {
        CAPTURE(code);
        CHECK(unrepeatable({"sim/net/x.cpp", code}).empty());
    }
}

TEST_CASE("tidy: a path of a machine is found in any file") {
    std::string const path = std::string{"/"} + "home/somebody/x";
    CHECK(lines(machine_paths({"docs/x.md", "see\n`" + path + "`"})) == Lines{2});
    CHECK(lines(machine_paths({"x.cpp", "\"" + path + "\""})) == Lines{1});
    CHECK(lines(machine_paths({"x", path})) == Lines{1});
    CHECK(machine_paths({"x", "https://www.example.org" + path}).empty());
    CHECK(machine_paths({"x", "#!/usr/bin/env python3"}).empty());
}

TEST_CASE("tidy: a boolean word as a key is found") {
    for (std::string const text : {"on: 1", "  - off: 1", "{yes: 1}", "a: {b: 1, no: 2}", "ON:", "- {N: 1}"}) {
        CAPTURE(text);
        CHECK(lines(boolean_keys({"scenarios/x.yaml", text})) == Lines{1});
    }
    for (std::string const text : {"one: 1", "host: no", "# on: comment", "at: on", "icon: 1", "a: \"b:on:c\""}) {
        CAPTURE(text);
        CHECK(boolean_keys({"scenarios/x.yaml", text}).empty());
    }
    CHECK(boolean_keys({"x.md", "on: 1"}).empty());
}

TEST_CASE("tidy: a folder without a README is found, and so is one above it") {
    CHECK(folders_without_readme({{"a/b/x.cpp", ""}, {"a/README.md", ""}}) ==
          std::vector<Finding>{{"a/b", 0, "has no README.md"}});
    CHECK(folders_without_readme({{"a/b/x.cpp", ""}, {"a/b/README.md", ""}}) ==
          std::vector<Finding>{{"a", 0, "has no README.md"}});
    CHECK(folders_without_readme({{"x.cpp", ""}, {".ci/run", ""}}).empty());
    File const above{"tests/README.md", ""};
    CHECK(folders_without_readme({above, {"tests/data/x.yaml", ""}}).empty());
    CHECK(folders_without_readme({above, {"tests/code/x.cpp", ""}}) ==
          std::vector<Finding>{{"tests/code", 0, "has no README.md"}});
    CHECK(folders_without_readme({{"sim/README.md", ""}, {"sim/data/x.yaml", ""}}) ==
          std::vector<Finding>{{"sim/data", 0, "has no README.md"}});
}

TEST_CASE("tidy: a file that its README's table does not name is found") {
    File const table{"a/README.md", "| file | concern |\n| `x.cpp`, `y.hpp` | both |"};
    CHECK(files_not_in_table({table, {"a/x.cpp", ""}, {"a/x.hpp", ""}, {"a/y.hpp", ""}, {"a/b/z.cpp", ""}}).empty());
    CHECK(files_not_in_table({table, {"a/z.cpp", ""}, {"z.cpp", ""}}) ==
          std::vector<Finding>{{"a/README.md", 0, "does not name a/z.cpp"}});
    CHECK(files_not_in_table({{"a/README.md", "words"}, {"a/z.cpp", ""}}).empty());
}

TEST_CASE("tidy: a stranger at the top is found") {
    CHECK(strangers_at_the_top({"notes.txt"}) ==
          std::vector<Finding>{{"notes.txt", 0, "does not belong at the top of the tree"}});
    CHECK(strangers_at_the_top({".ci", "LICENSE", "stack"}).empty());
}

TEST_CASE("named: a call, an option, a request or a flag that no test case names is found") {
    File const calls{"sim/trace/record.hpp",
                     "enum class Call : std::uint8_t {\n    read,  ///< many\n    readv,\n};\n"};
    File const options{"stack/socket/options.hpp", "enum class Option : std::uint8_t { so_type, tcp_inq };\n"};
    File const requests{"stack/socket/sockets.hpp",
                        "enum class Inquiry : std::uint8_t {\n    siocoutq,  ///< a, b\n};"};
    File const flags{"stack/socket/message_bits.hpp", "inline constexpr MessageFlags msg_oob{0x1};\n"};
    auto const with = [&](std::string const& cases) {
        return calls_and_options_without_case({calls, options, requests, flags, {"tests/x_test.cpp", cases}});
    };
    CHECK(with("TEST_CASE(\"read(2), readv(2), SO_TYPE (whatever) SIOCOUTQ: \"\n    \"TCP_INQ, MSG_OOB\") {").empty());
    CHECK(with("TEST_CASE(\"readv(2), SO_TYPE: SIOCOUTQNSD, TCP_INQ, MSG_OOB\")").size() == 2);  // read, SIOCOUTQ
    CHECK(with("TEST_CASE(\"read(3) readv(2) SIOCOUTQ\") { CHECK(\"SO_TYPE TCP_INQ MSG_OOB\"); }").size() == 3);
    CHECK(with("").size() == 6);
}
