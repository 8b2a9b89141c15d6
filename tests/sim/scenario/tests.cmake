tcpsim_test(test_sim_scenario sim/scenario LIBRARIES sim_scenario rapidcheck)

# A second opinion on the JSON Schema, where Python can give one.
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND)
  execute_process(COMMAND ${Python3_EXECUTABLE} -c "import jsonschema, yaml" RESULT_VARIABLE without ERROR_QUIET)
  if(without EQUAL 0)
    add_test(NAME test_scenario_schema COMMAND ${Python3_EXECUTABLE} tests/sim/scenario/validate.py)
    set_tests_properties(test_scenario_schema PROPERTIES LABELS quick WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  endif()
endif()
