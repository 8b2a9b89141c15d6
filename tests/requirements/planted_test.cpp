// Each rule against a planted violation: a table that cannot fail proves nothing.
#include "tests/requirements/requirements.hpp"

#include <doctest/doctest.h>

using namespace tcpsim::requirements;

namespace {

using Findings = std::vector<std::string>;

Evidence two_rows() {
    Evidence evidence;
    evidence.requirements = {{"MUST-1", "MUST", "3.1", "Window", "Treat as unsigned number", "…"},
                             {"MAY-2", "MAY", "3.6.1", "Closing", "Accept SYN from TIME-WAIT", "…"}};
    evidence.tests = {{"RFC 9293 §3.1 [MUST-1]: a large window is no negative one", "tests/a.cpp"},
                      {"Linux: a SYN in TIME-WAIT", "tests/b.cpp"}};
    Exception exception;
    exception.id = "MAY-2";
    exception.who = "linux";
    exception.why = "it says so";
    exception.tests = {"Linux: a SYN in TIME-WAIT"};
    evidence.exceptions = {exception};
    return evidence;
}

}  // namespace

TEST_CASE("requirements: rows with a test or an exception are in order") { CHECK(findings_of(two_rows()).empty()); }

TEST_CASE("requirements: a row with neither is found, unless it is said to be open") {
    Evidence evidence = two_rows();
    evidence.tests.erase(evidence.tests.begin());
    CHECK(findings_of(evidence) ==
          Findings{"MUST-1 is neither proven by a test nor excepted: Treat as unsigned number"});
    evidence.open = {"MUST-1"};
    CHECK(findings_of(evidence).empty());
}

TEST_CASE("requirements: what is proven or excepted cannot be open") {
    Evidence evidence = two_rows();
    evidence.open = {"MUST-1", "MAY-2"};
    CHECK(findings_of(evidence) == Findings{"MUST-1 is not open any more: take it out of open.txt",
                                            "MAY-2 is not open any more: take it out of open.txt"});
}

TEST_CASE("requirements: an id that the RFC does not have is found wherever it stands") {
    Evidence evidence = two_rows();
    evidence.tests.push_back({"x [MUST-99]: y", "tests/c.cpp"});
    evidence.open = {"SHLD-77"};
    evidence.exceptions.front().id = "MAY-22";
    Findings const expected{"the test \"x [MUST-99]: y\" names an unknown requirement: MUST-99",
                            "exceptions.txt names an unknown requirement: MAY-22",
                            "open.txt names an unknown requirement: SHLD-77",
                            "MAY-2 is neither proven by a test nor excepted: Accept SYN from TIME-WAIT"};
    CHECK(findings_of(evidence) == expected);
}

TEST_CASE("requirements: two ids in one bracket, or one without, are no tags") {
    Evidence evidence = two_rows();
    evidence.tests.push_back({"x [MUST-1, MAY-2]: y", "tests/c.cpp"});
    evidence.tests.push_back({"RFC 9293 MUST-1: y", "tests/c.cpp"});
    CHECK(findings_of(evidence).size() == 3);
    CHECK(tags_of("a [SHLD-1][REC-1] b (c) [MUST-1") == std::vector<std::string>{"SHLD-1", "REC-1", "MUST-1"});
    CHECK(tags_of("options: [sack 1:2], MAY be").empty());
}

TEST_CASE("requirements: a deviation needs a reason and a test that exists") {
    Evidence evidence = two_rows();
    evidence.exceptions.front().why.clear();
    evidence.exceptions.front().tests = {"Linux: a SYN"};
    CHECK(findings_of(evidence) ==
          Findings{"MAY-2 is excepted without a reason", "MAY-2 names a test that does not exist: \"Linux: a SYN\""});
    evidence.exceptions.front().why = "it says so";
    evidence.exceptions.front().tests.clear();
    CHECK(findings_of(evidence) == Findings{"MAY-2 deviates, and no test shows it"});
    evidence.exceptions.front().kind = Exception::Kind::absent;
    CHECK(findings_of(evidence) == Findings{"MAY-2 is absent, and no test shows it"});
    evidence.exceptions.front().kind = Exception::Kind::application;
    CHECK(findings_of(evidence).empty());
}

TEST_CASE("requirements: a row or an exception stands there once") {
    Evidence evidence = two_rows();
    evidence.requirements.push_back(evidence.requirements.front());
    evidence.exceptions.push_back(evidence.exceptions.front());
    CHECK(findings_of(evidence) ==
          Findings{"MUST-1 stands in the table of requirements twice", "MAY-2 is excepted twice for the same systems"});
}

TEST_CASE("requirements: exceptions are read, and what is none is told with its line") {
    Findings findings;
    auto const read = read_exceptions(
        "# comment\n\nMUST-1: deviates linux, bsd44\n  why: because\n  test: a: b\n  test: c\nMAY-2: absent\n"
        "  why: none\n",
        findings);
    REQUIRE(read.size() == 2);
    CHECK(findings.empty());
    CHECK(read[0].id == "MUST-1");
    CHECK(read[0].who == "linux, bsd44");
    CHECK(read[0].why == "because");
    CHECK(read[0].tests == std::vector<std::string>{"a: b", "c"});
    CHECK(read[1].kind == Exception::Kind::absent);
    read_exceptions("  why: of what?\nMUST-1: perhaps\nMUST-2\n", findings);
    CHECK(findings == Findings{"exceptions.txt:1: not understood:   why: of what?",
                               "exceptions.txt:2: what kind is \"perhaps\"?",
                               "exceptions.txt:3: not understood: MUST-2"});
}

TEST_CASE("requirements: doctest's listing gives names and files as they are") {
    auto const tests = read_listing(
        "<?xml version=\"1.0\"?>\n<doctest>\n  <TestCase name=\"a &lt;b&gt; &amp;amp; [MUST-1]\" "
        "filename=\"/a/tests/x.cpp\" line=\"3\"/>\n</doctest>\n");
    CHECK(tests == std::vector<Test>{{"a <b> &amp; [MUST-1]", "/a/tests/x.cpp"}});
}

TEST_CASE("requirements: the table shows tests, exceptions and what is open, each in its row") {
    Evidence evidence = two_rows();
    evidence.requirements.push_back({"REC-1", "RECOMMENDED", "3.1", "Window", "Handle as 32-bit number", "…"});
    std::string const table = table_of(evidence);
    CHECK(table.find("| MUST-1 | MUST | 3.1 | Treat as unsigned number | RFC 9293 §3.1: a large window is no negative "
                     "one (`tests/a.cpp`) |\n") != std::string::npos);
    CHECK(table.find("| **deviates: linux** – it says so<br>shown by: Linux: a SYN in TIME-WAIT (`tests/b.cpp`) |\n") !=
          std::string::npos);
    CHECK(table.find("| Handle as 32-bit number | **open** |\n") != std::string::npos);
}
