// What is printed from the tables is what is published; validate.py asks another JSON Schema implementation.
#include "sim/scenario/shape.hpp"
#include "sim/scenario/suggest.hpp"
#include "tests/sim/scenario/support.hpp"

#include <array>
#include <set>

using namespace tcpsim;
using namespace tcpsim::tests;

TEST_CASE("docs/scenario.schema.json is what json_schema() says") {
    compare_with_file("docs/scenario.schema.json", scenario::json_schema() + "\n");
}

TEST_CASE("docs/scenario-format.md is what format_reference() says") {
    compare_with_file("docs/scenario-format.md", scenario::format_reference());
}

TEST_CASE("docs/scenario-format.md: its example runs, and is as it says") {
    auto const page = scenario::format_reference();
    std::string const fence = "```yaml\n";
    auto const begin = page.find(fence);
    REQUIRE(begin != std::string::npos);
    auto const end = page.find("```", begin + fence.size());
    auto const report = run(loaded(page.substr(begin + fence.size(), end - begin - fence.size())));
    for (auto const& verdict : report.verdicts) {
        CHECK_MESSAGE(verdict.holds, verdict.name << ": expected " << verdict.expected << ", seen " << verdict.seen);
    }
    CHECK(report.verdicts.size() >= 5);
}

TEST_CASE("tables: shapes have different names, and rows are complete") {
    std::set<std::string_view> names;
    for (auto const* shape : scenario::all_shapes()) {
        CAPTURE(shape->name);
        CHECK(names.insert(shape->name).second);
        CHECK_FALSE(shape->doc.empty());
        auto const check_rows = [](std::span<scenario::Field const> fields) {
            for (auto const& field : fields) {
                CAPTURE(field.name);
                CHECK_FALSE(field.doc.empty());
                CHECK((field.kind != scenario::Kind::word || field.words != nullptr));
            }
        };
        check_rows(shape->fields);
        for (auto const& variant : shape->variants) {
            CHECK_FALSE(variant.doc.empty());
            REQUIRE_FALSE(variant.fields.empty());
            CHECK(variant.fields.front().required);
            check_rows(variant.fields);
        }
    }
    CHECK(names.size() > 20);
}

TEST_CASE("tables: no key is a boolean word of YAML 1.1") {
    std::set<std::string_view> const booleans{"y", "n", "yes", "no", "on", "off", "true", "false"};
    for (auto const* shape : scenario::all_shapes()) {
        for (auto const& field : shape->fields) {
            CHECK_FALSE(booleans.contains(field.name));
        }
        for (auto const& variant : shape->variants) {
            for (auto const& field : variant.fields) {
                CHECK_FALSE(booleans.contains(field.name));
            }
        }
    }
}

TEST_CASE("did you mean: the nearest word, if it is near") {
    using scenario::edit_distance;
    CHECK(edit_distance("kitten", "sitting") == 3);
    CHECK(edit_distance("prot", "port") == 1);
    CHECK(edit_distance("", "abc") == 3);
    CHECK(edit_distance("AT", "at") == 0);
    std::array<std::string_view, 3> const words{"read", "write", "returns"};
    CHECK(scenario::nearest("raed", words) == "read");
    CHECK(scenario::nearest("retruns", words) == "returns");
    CHECK(scenario::nearest("boot", words).empty());
    CHECK(scenario::nearest("x", words).empty());
    CHECK(scenario::suggestion("boot", words) == "expected one of read, write or returns");
}
