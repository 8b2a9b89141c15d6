tcpsim_test(test_stack_tcp stack/tcp LIBRARIES stack_tcp rapidcheck)
foreach(shared any_system dialogue hostile invariants pair swarm wire)
  target_sources(test_stack_tcp PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/support/${shared}.cpp)
endforeach()

# The same properties with more cases, for those who have the time: 20,000 each.
add_test(NAME test_stack_tcp_swarm COMMAND test_stack_tcp -tc=property:*)
set_tests_properties(test_stack_tcp_swarm PROPERTIES LABELS all WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
                     ENVIRONMENT "RC_PARAMS=seed=2 max_success=20000")
