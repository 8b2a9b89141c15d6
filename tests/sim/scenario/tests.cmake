tcpsim_test(test_sim_scenario sim/scenario LIBRARIES sim_scenario rapidcheck)

# A second opinion on the JSON Schema.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
execute_process(COMMAND ${Python3_EXECUTABLE} -W ignore -c "import jsonschema, yaml" RESULT_VARIABLE without ERROR_QUIET)
if(NOT without EQUAL 0)
  message(FATAL_ERROR "Python's jsonschema or yaml was not found. On Debian: "
                      "apt-get install python3-jsonschema python3-yaml (tools/bootstrap --print-deps lists everything)")
endif()
add_test(NAME test_scenario_schema COMMAND ${Python3_EXECUTABLE} tests/sim/scenario/validate.py)
set_tests_properties(test_scenario_schema PROPERTIES LABELS quick WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
